import path from 'node:path';
import {optionsOf} from '../features/feature.js';
import type {Mount} from '../features/mount-types.js';
import {setup as setupOrder} from '../features/order.js';
import {invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {flagOr, isGiven, validateNoNul, validateObject, validateString} from '../shared/validate.js';
import type {SpawnOptions} from './options/spawn-options.js';
import type {SandboxOptions} from './sandbox/options.js';
import {homeMount, systemMounts} from './system-mounts.js';
import {byLandlock, canMakeNamespaces} from './untrusted-landlock.js';
import {hostIds, rights, type UntrustedOptions} from './untrusted-parts.js';

/** The ids, name and home of the command inside. */
const id = 1000;
const name = 'user';
const placesOfOwn = {home: `/home/${name}`, work: '/work'};
/** In the root of the host or of an image no directory can be made. */
const placesOfOthers = {home: '/tmp', work: '/tmp/work'};
const tmpfsSize = '256m';

const known = new KnownOptions(
  namesOf<UntrustedOptions>({
    files: true,
    workdir: true,
    network: true,
    root: true,
    mounts: true,
    hostUid: true,
    hostGid: true,
    fallback: true,
  }),
);

/** What people expect here. Only control groups could enforce it. */
const notYet = ['memory', 'swap', 'processes', 'cpus', 'cpuTime', 'limits'];

/**
 * Returns options for code that one does not trust: all namespaces are new, with a network that has only a loopback interface; an ordinary
 * user's id inside, which as root's child owns nothing on the host; a root with the programs of the host, read-only, and a private /tmp, home
 * and /dev; no capability, no new privileges, the default filter of system calls, a keyring of its own, no core dumps, at most 512 processes,
 * and nothing of the environment but PATH, HOME and LANG. They are plain data: `{...untrusted(), timeout: 5000}`.
 *
 * What cannot be enforced makes the command fail to start. `child.enforced` lists what holds. SECURITY.md says what it holds in and what not.
 *
 * Privilege: none where user namespaces may be made. Linux 5.12.
 *
 * @param options - what differs
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM on other systems than Linux
 * @see docs/untrusted.md
 */
export function untrusted(options?: UntrustedOptions): SpawnOptions {
  // Throws on other systems than Linux.
  native();
  if (options !== undefined) validateObject(options, 'options');
  const all: Readonly<Record<string, unknown>> = own({...options});
  for (const option of notYet) {
    const value = all[option];
    if (isGiven(value)) {
      throw invalidArgValue(`options.${option}`, value, 'cannot be enforced yet: use `rlimits` beside these options');
    }
  }
  const given = known.read<UntrustedOptions>(options);
  if (isGiven(given.fallback) && given.fallback !== 'landlock') {
    throw invalidArgValue('options.fallback', given.fallback, "must be 'landlock'");
  }
  if (isGiven(given.workdir)) validatePath(given.workdir, 'options.workdir');
  const hasNetwork = flagOr(false, given.network, 'options.network');
  if (given.fallback === 'landlock' && !canMakeNamespaces()) return byLandlock(given, hasNetwork);
  return {
    ...rights(hasOwnRoot(given.root) ? placesOfOwn.home : placesOfOthers.home),
    namespaces: namespaceTypes.filter(type => type !== 'net' || !hasNetwork),
    ...mappedIds(given),
    hostname: 'sandbox',
    domainname: '(none)',
    ...fileSystem(given, hasNetwork),
  };
}

/**
 * The same for {@link createSandbox}: what concerns the namespaces, and the rest as `defaults` for the commands.
 *
 * Privilege: as for {@link untrusted}.
 *
 * @param options - what differs
 * @throws as {@link untrusted}
 * @see docs/untrusted.md
 */
export function untrustedSandbox(options?: Omit<UntrustedOptions, 'fallback'>): SandboxOptions {
  const all = Object.entries(untrusted(options));
  const isOfSetup = ([option]: [string, unknown]): boolean => setupNames.has(option);
  return {
    ...Object.fromEntries(all.filter(isOfSetup)),
    defaults: Object.fromEntries(all.filter(entry => !isOfSetup(entry))),
  };
}

/** `capabilities` belongs to both: to the set-up because of nsinit. */
const setupNames = new Set(setupOrder.flatMap(optionsOf).filter(option => option !== 'capabilities'));

function mappedIds(given: UntrustedOptions): SpawnOptions {
  const {uid, gid} = hostIds(given);
  return {
    uidMap: [{containerId: id, hostId: uid, size: 1}],
    gidMap: [{containerId: id, hostId: gid, size: 1}],
    setgroups: 'deny',
  };
}

function fileSystem({root, mounts, files, workdir}: UntrustedOptions, network: boolean): SpawnOptions {
  const isOwn = hasOwnRoot(root);
  const {home, work} = isOwn ? placesOfOwn : placesOfOthers;
  const system = isOwn ? systemMounts({uid: id, gid: id, name, home, network}) : [minimalDev];
  return {
    root: root ?? 'empty',
    mounts: [
      ...system.filter(({destination}) => destination !== '/tmp'),
      {type: 'tmpfs', destination: '/tmp', size: tmpfsSize},
      ...(isOwn ? [{...homeMount(home), size: tmpfsSize, mode: 0o700} as Mount] : []),
      ...(isGiven(workdir) ? [{type: 'bind', source: workdir, destination: work} as const] : []),
      ...Object.entries(readFiles(files)).map(
        ([file, content]): Mount => ({
          type: 'file',
          destination: path.resolve(home, file),
          content: content as string | Buffer,
        }),
      ),
      ...(mounts ?? []),
    ],
    cwd: isGiven(workdir) ? work : home,
  };
}

/** Whether the root begins empty, so that every directory can be made in it. In others nothing is to be made. */
const hasOwnRoot = (root: unknown): boolean => !isGiven(root) || root === 'empty';

const minimalDev: Mount = {type: 'dev', destination: '/dev'};

function readFiles(files: UntrustedOptions['files']): Readonly<Record<string, string | Uint8Array>> {
  if (!isGiven(files)) return {};
  validateObject(files, 'options.files');
  return files as Readonly<Record<string, string | Uint8Array>>;
}

function validatePath(value: unknown, property: string): asserts value is string {
  validateString(value, property);
  validateNoNul(value, property);
  if (value === '') throw invalidArgValue(property, value, 'cannot be empty');
}
