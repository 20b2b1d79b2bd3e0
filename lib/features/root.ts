// The option `root`: the root directory of the command. With `mounts`, it is the file system of the command.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {flagOr, isGiven, validateObject} from '../shared/validate.js';
import {
  type CommandOperations,
  type ResolvedSetup,
  type SetupBase,
  type SetupOperations,
  setupFeature,
} from './feature.js';
import {rootCauses} from './mount-causes.js';
import {readLayers, readPath} from './mount-options.js';
import {mountFlags, needsStage, overlayFlags, type Part, type Source, writeSources} from './mount-parts.js';
import {mounts, mountsInCommand} from './mounts.js';
import {cloneMask} from './namespaces.js';
import {addPropagation, propagation} from './propagation.js';

/** A directory of the caller's as root directory. */
export interface BindRoot {
  /** Its path. The mounts below it are mounted as well. */
  bind: string;
  /** Whether nothing can be written in it and in the mounts below it. Default: false. Linux 5.12. */
  readOnly?: boolean | undefined;
}

/** An overlay as root directory. */
export interface OverlayRoot {
  /** The directories, the first on top. At most 50. */
  overlay: readonly string[];
  /** Where changes go. A directory can be the upper one of only one overlay at a time. Default: a tmpfs that ends with the command. */
  upper?: string | undefined;
  /** An empty directory of the same file system as `upper`, which needs it. */
  work?: string | undefined;
}

/** A value of the option `root`. */
export type RootOption = 'host' | 'readonly' | 'empty' | BindRoot | OverlayRoot;

export interface RootOptions {
  /**
   * The root directory of the command:
   * - 'host', the caller's, the default;
   * - 'readonly', the caller's, in which nothing can be written except in what `mounts` adds;
   * - 'empty', an empty directory, with only what `mounts` adds;
   * - `{bind}`, a directory of the caller's;
   * - `{overlay}`, directories on top of each other, whose changes go to a tmpfs or to a directory.
   *
   * A mount namespace is created for it, also where `namespaces` does not name 'mnt'. Except for 'host' and 'readonly' the old root is detached
   * (pivot_root(2)), so that nothing leads to it. The default of `cwd` is the caller's directory if its path exists inside, else '/'. The
   * command itself is looked up inside. docs/filesystem.md has examples, and says what the limits are.
   *
   * Privilege: none in a user namespace. Linux 5.11; 'readonly' and `readOnly` need 5.12. An overlay in a user namespace needs 5.11, and before
   * Linux 6.6 some changes of its lower directories fail with EIO. pivot_root(2)
   */
  root?: RootOption | undefined;
}

export interface ResolvedRoot {
  kind: 'HOST' | 'READONLY' | 'EMPTY' | 'BIND' | 'OVERLAY';
  flags: readonly string[];
  sources: readonly Source[];
}

const host: ResolvedRoot = {kind: 'HOST', flags: [], sources: []};

/** The root, as far as it is not the file system of a command without an init. */
export const root = setupFeature<RootOptions, ResolvedRoot>({
  title: 'Root directory',
  examples: {root: 'readonly'},
  resolve: ({root: option}) => readRoot(option),
  write(operations, _, setup) {
    if (setup.fileSystem !== 'host' && !mountsInCommand(setup)) writeRoot(operations, setup);
  },
  causes: rootCauses,
});

/**
 * Opens the sources, in a new mount namespace, as long as nsinit has the ids of the caller and nothing is covered. The mounts have to be private
 * then, because a clone of a shared one would share what is mounted in it.
 */
export const rootSources = setupFeature({
  title: 'Sources of mounts',
  examples: {},
  write(operations, _, setup) {
    if (setup.fileSystem === 'host') return;
    operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(['mnt'])]);
    addPropagation(operations, setup.settings.of(propagation));
    writeSources(operations, {step: 'root'}, setup.settings.of(root)?.sources ?? []);
    for (const {step, sources} of setup.settings.of(mounts) ?? []) writeSources(operations, step, sources);
  },
});

/** Ends the set-up of the file system: the old root is detached. */
export const rootEnd = setupFeature({
  title: 'The old root',
  examples: {},
  write(operations, _, setup) {
    if (setup.fileSystem !== 'host' && !mountsInCommand(setup)) writeRootEnd(operations);
  },
});

export function writeRoot(operations: SetupOperations | CommandOperations, setup: ResolvedSetup): void {
  const {kind, flags, sources} = setup.settings.of(root) ?? host;
  const parts: readonly Pick<Part, 'kind' | 'flags'>[] = setup.settings.of(mounts) ?? [];
  const isOverlay = kind === 'OVERLAY';
  const hasStage = parts.some(needsStage) || (isOverlay && needsStage({kind, flags}));
  const all = [...flags, ...(hasStage ? ['NEEDS_STAGE'] : []), ...(isOverlay ? overlayFlags(setup) : [])];
  const layers = sources.filter(({how}) => how === 'LAYER').length;
  operations.add({step: 'root', path: '/'}, 'ROOT', [native().protocol.roots[kind]!, mountFlags(all), layers]);
}

export function writeRootEnd(operations: SetupOperations | CommandOperations): void {
  operations.add({step: 'root', path: '/'}, 'END_ROOT');
}

/** Returns the descriptors among the sources, in the order in which nsinit receives them. */
export function sourceDescriptors({settings}: ResolvedSetup): {fd: number; index: number | undefined}[] {
  const parts = settings.of(mounts);
  if (parts === undefined) return [];
  return parts.flatMap(({step, sources}) =>
    sources.flatMap(({source}) => (typeof source === 'number' ? [{fd: source, index: step.index}] : [])),
  );
}

/** Returns what the options do to the file system of the caller. */
export function fileSystemOf(options: RootOptions & {readonly mounts?: unknown}): SetupBase['fileSystem'] {
  const {kind} = readRoot(options.root);
  if (kind !== 'HOST' && kind !== 'READONLY') return 'new';
  const hasMounts = Array.isArray(options.mounts) && options.mounts.length > 0;
  return kind === 'READONLY' || hasMounts ? 'changed' : 'host';
}

const bindFields = new KnownOptions(namesOf<BindRoot>({bind: true, readOnly: true}));
const overlayFields = new KnownOptions(namesOf<OverlayRoot>({overlay: true, upper: true, work: true}));
const kinds = {host, readonly: {...host, kind: 'READONLY'}, empty: {...host, kind: 'EMPTY'}} as const;

function readRoot(option: unknown): ResolvedRoot {
  if (!isGiven(option)) return host;
  if (typeof option === 'string') {
    if (Object.hasOwn(kinds, option)) return kinds[option as keyof typeof kinds];
    throw invalidArgValue('options.root', option, `must be one of ${listed(Object.keys(kinds), option)}, or an object`);
  }
  if (typeof option !== 'object') throw invalidArgType('options.root', 'of type string or object', option);
  validateObject(option, 'options.root');
  if (Object.hasOwn(option, 'overlay')) {
    const {overlay, upper, work} = overlayFields.read<Record<string, unknown>>(option, 'options.root');
    const sources = readLayers({lower: overlay, upper, work}, 'options.root', false);
    const hasUpper = sources.some(({how}) => how === 'UPPER');
    return {kind: 'OVERLAY', flags: hasUpper ? ['HAS_UPPER'] : [], sources};
  }
  const {bind, readOnly} = bindFields.read<Record<string, unknown>>(option, 'options.root');
  const source = readPath(bind, 'options.root.bind');
  return {
    kind: 'BIND',
    flags: flagOr(false, readOnly, 'options.root.readOnly') ? ['READ_ONLY'] : [],
    sources: [{how: 'RECURSIVE_TREE', source, isOptional: false}],
  };
}
