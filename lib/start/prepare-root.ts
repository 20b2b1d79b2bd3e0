// prepareRoot: makes a root directory once, for many commands and sandboxes.

import {NamespaceError} from '../errors/errors.js';
import type {Mount} from '../features/mount-types.js';
import type {Part, PreparedContent, Template} from '../features/part.js';
import {ofRoot, splitMounts} from '../features/prepared-parts.js';
import {isPossible, PreparedRoot} from '../features/prepared-root.js';
import {type OverlayRoot, type RootOption, readRoot} from '../features/root.js';
import {invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {own} from '../shared/own.js';
import {isGiven} from '../shared/validate.js';
import {makeNamespaces} from './create-namespaces.js';
import {createSandbox} from './sandbox/create.js';

/** Options of {@link prepareRoot}. */
export interface PrepareRootOptions {
  /** The root directory, as in {@link SpawnOptions}. An overlay must be without `upper`. Default: 'host'. */
  root?: Exclude<RootOption, PreparedRoot> | undefined;
  /** What is mounted in it. Sources must be paths, and overlays be without `upper`. Default: none. */
  mounts?: readonly Mount[] | undefined;
}

const known = new KnownOptions(namesOf<PrepareRootOptions>({root: true, mounts: true}), {of: 'prepareRoot()'});

/**
 * Makes a root directory that many commands and sandboxes use, at once and one after the other: `root: prepared`. Each has file systems of its
 * own where the entries of `mounts` make new ones ('tmpfs', 'proc', 'overlay' and so on), a fresh /proc, and on top the entries of its own
 * `mounts`. What all of them share cannot be changed by them: with 'empty' the root directory, links, directories and read-only files, and a
 * /dev. A folder that is bound can be written to, as everywhere, unless it is `readOnly`.
 *
 * With 'empty' and `{bind}` everything that is shared is mounted once, in a mount namespace that is kept without a process, and copied for each
 * command; with the other roots it is mounted anew each time ({@link PreparedRoot.way}). The root has to be closed; commands that use it then
 * are not affected. docs/filesystem.md says more.
 *
 * Privilege: as for {@link spawnInNamespace}. Linux 5.12.
 *
 * @returns a promise of the root. It rejects with a {@link NamespaceError} if it cannot be made, and nothing is left then
 * @throws by rejection: {@link NamespaceError} with the step 'root' or 'mounts'; ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE,
 * ERR_OUT_OF_RANGE for a bad option
 * @see mount_namespaces(7)
 */
export async function prepareRoot(options?: PrepareRootOptions): Promise<PreparedRoot> {
  const {root: option, mounts: entries} = known.read<PrepareRootOptions>(options);
  if (option instanceof PreparedRoot) throw invalidArgValue('options.root', option, 'must not be a prepared root');
  const root = readRoot(option);
  const {upper} = own(option as OverlayRoot | undefined);
  if (isGiven(upper)) {
    throw invalidArgValue('options.root.upper', upper, 'must be left out: every user has changes of its own');
  }
  const isSealed = root.kind === 'EMPTY' || root.kind === 'BIND';
  const isEmpty = root.kind === 'EMPTY';
  const {shared, fresh} = splitMounts(entries, isSealed);
  // The directory is for the /proc of each user.
  if (isEmpty) shared.push(directory('/proc'));
  const content = {root: isEmpty ? {...root, flags: ['READ_ONLY']} : root, isSealed, template: undefined};
  // Now it is an entry of this call that fails. Later it belongs to the option `root` of a command.
  const final = {...content, shared: shared.map(ofRoot), fresh: fresh.map(ofRoot)};
  const hasTemplate = isSealed && fresh.every(isPossible);
  if (!hasTemplate || fresh.some(({sources}) => sources.length > 0)) await tryOut({...content, shared, fresh});
  const template = hasTemplate ? await makeTemplate({...content, shared, fresh: []}) : undefined;
  return new PreparedRoot({...final, template});
}

/** Makes the root once, to find now what is wrong with it. */
async function tryOut(content: PreparedContent): Promise<void> {
  const root = new PreparedRoot({...content, fresh: content.fresh.filter(isPossibleNow)});
  const sandbox = await createSandbox({namespaces: ['mnt'], root});
  await sandbox.close();
}

/** Other file systems need namespaces that a command has. */
const isPossibleNow = ({kind, texts}: Part): boolean =>
  kind !== 'FILE_SYSTEM' || ['tmpfs', 'devpts'].includes(`${texts}`.split('\0')[1]!);

/**
 * Makes the mount namespace that is copied for each command. In a user namespace the kernel lets nobody mount a /proc where there is none yet.
 * That of a PID namespace of its own shows no process when nsinit has ended, so it does not matter that it is below those of the commands.
 */
async function makeTemplate(content: PreparedContent): Promise<Template | undefined> {
  try {
    const root = new PreparedRoot(content);
    const {mnt, user} = own(await makeNamespaces(own({namespaces: ['mnt', 'pid'], root}), false));
    return {mnt: mnt!, user};
  } catch (error) {
    // There is no such directory, or the kernel refuses a new /proc here. Commands can do without one.
    if (!(error instanceof NamespaceError) || error.step !== 'mountProc') throw error;
    await tryOut(content);
    return undefined;
  }
}

const directory = (path: string): Part => ({
  step: {step: 'root', path},
  kind: 'DIRECTORY',
  flags: [],
  sources: [],
  texts: path,
  mode: 0o755,
});
