// untrusted(): options for code that one does not trust. They are plain data, made of options that every caller can give.
import {randomInt} from 'node:crypto';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {optionsOf} from '../features/feature.js';
import type {Mount} from '../features/mount-types.js';
import {cloneMask} from '../features/namespaces.js';
import {setup as setupOrder} from '../features/order.js';
import type {RootOption} from '../features/root.js';
import type {SeccompProfile} from '../seccomp/types.js';
import {codedError, invalidArgValue} from '../shared/argument-errors.js';
import {areMapped, isRestrictedByAppArmor, read} from '../shared/facts.js';
import {EACCES} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {flagOr, isGiven, validateId, validateNoNul, validateObject, validateString} from '../shared/validate.js';
import type {SpawnOptions} from './options/spawn-options.js';
import type {SandboxOptions} from './sandbox/options.js';
import {homeMount, systemMounts} from './system-mounts.js';

/** What differs from the defaults of {@link untrusted}. */
export interface UntrustedOptions {
  /** Files that the command finds inside, by their paths. A relative one is in the home directory. They cannot be removed. Default: none. */
  files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** A folder of the caller's, which the command finds as /work, may write in, and starts in. Default: none; it starts in its home. */
  workdir?: string | undefined;
  /**
   * Whether the command has the network of the host, with every service on its localhost and every abstract Unix socket. Default: false, a
   * network of its own with nothing but its loopback interface.
   */
  network?: boolean | undefined;
  /**
   * The root: see the option `root` of {@link SpawnOptions}. With another than 'empty' the home is /tmp, and `workdir` is /tmp/work. On
   * 'readonly' the command reads what the caller may read, and reaches the Unix sockets of the host by their paths. Default: an empty one, with
   * the programs of the host, read-only.
   */
  root?: RootOption | undefined;
  /** Mounts on top of these. Default: none. */
  mounts?: readonly Mount[] | undefined;
  /**
   * The user id on the host where the caller is root; another caller has only its own. A folder in which the command is to write has to belong to
   * it. Default: an id from 1879048192 to 2146435071, which owns nothing, another one at each call.
   */
  hostUid?: number | undefined;
  /** The same for its group. Default: the same number as the default of `hostUid`. */
  hostGid?: number | undefined;
  /**
   * What to use where no user namespaces can be made. 'landlock' has no namespaces: it hides fewer things, and has no private /tmp and home.
   * docs/untrusted.md lists the differences. Default: none. Then the command fails to start there.
   */
  fallback?: 'landlock' | undefined;
}

/** The ids, name and home of the command inside. */
const id = 1000;
const name = 'user';
const placesOfOwn = {home: `/home/${name}`, work: '/work'};
/** In the root of the host or of an image no directory can be made. */
const placesOfOthers = {home: '/tmp', work: '/tmp/work'};
/** Java starts some 30 threads, and a compiler some processes. */
const processesMax = 512;
const tmpfsSize = '256m';

// Ids that systemd's list of ranges leaves unused: https://systemd.io/UIDS-GIDS/
const unusedIds = {first: 0x7000_0000, end: 0x7ff0_0000};
/** That of nobody. */
const overflowId = 65_534;

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
  for (const option of notYet) {
    const value = (options as Record<string, unknown> | undefined)?.[option];
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

/** What needs no namespace. */
function rights(home: string): SpawnOptions {
  return {
    capabilities: 'none',
    noNewPrivileges: true,
    seccomp: 'default',
    keyring: 'new',
    coreDumps: false,
    rlimits: {nproc: Math.min(processesMax, hardLimit())},
    umask: 0o022,
    newSession: true,
    env: {PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, LANG: 'C.UTF-8'},
  };
}

/** The caller's hard limit of processes, which only root may raise. */
function hardLimit(): number {
  const hard = read('/proc/self/limits')?.match(/^Max processes\s+\S+\s+(\d+)/m)?.[1];
  return hard === undefined ? Infinity : Number(hard);
}

function mappedIds(given: UntrustedOptions): SpawnOptions {
  const {uid, gid} = hostIds(given);
  return {
    uidMap: [{containerId: id, hostId: uid, size: 1}],
    gidMap: [{containerId: id, hostId: gid, size: 1}],
    setgroups: 'deny',
  };
}

/** The ids on the host. Those of root are never the command's, and it owns nothing by default. */
function hostIds({hostUid, hostGid}: UntrustedOptions): {uid: number; gid: number} {
  for (const [option, value] of Object.entries({hostUid, hostGid})) {
    if (!isGiven(value)) continue;
    validateId(value, `options.${option}`);
    if (value === 0) throw invalidArgValue(`options.${option}`, value, 'must not be 0: that is root of the host');
  }
  if (process.geteuid!() !== 0) {
    return {uid: hostUid ?? process.geteuid!(), gid: hostGid ?? process.getegid!()};
  }
  const unused = randomInt(unusedIds.first, unusedIds.end);
  return {uid: hostUid ?? existing('uid', unused), gid: hostGid ?? existing('gid', unused)};
}

/** In a container most ids do not exist. */
function existing(type: 'uid' | 'gid', unused: number): number {
  if (areMapped(type, unused, 1)) return unused;
  if (areMapped(type, overflowId, 1)) return overflowId;
  throw codedError(
    'ERR_INVALID_ARG_VALUE',
    `This user namespace has no ${type} that owns nothing: give one as options.host${type === 'uid' ? 'Uid' : 'Gid'}`,
  );
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

/** No socket but a socketpair(2): Landlock holds neither UDP nor Unix sockets of a path. */
const noSockets: SeccompProfile = {
  defaultAction: 'SCMP_ACT_ALLOW',
  syscalls: [{names: ['socket'], action: 'SCMP_ACT_ERRNO', errno: 'EACCES'}],
};

const readable = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
const settings = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'nsswitch.conf',
  'localtime',
  'ssl/certs',
  'ssl/openssl.cnf',
  'alternatives',
];
const devices = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];

/** The options without namespaces. What only a mount namespace can give is refused. */
export function byLandlock(given: UntrustedOptions, hasNetwork: boolean): SpawnOptions {
  for (const option of ['files', 'root', 'mounts'] as const) {
    if (isGiven(given[option])) {
      throw invalidArgValue(`options.${option}`, given[option], "cannot be honoured by fallback: 'landlock'");
    }
  }
  const {workdir} = given;
  const {env, ...others} = rights(workdir ?? '/');
  const {uid, gid} = hostIds(given);
  const exists = (files: readonly string[]): string[] => files.filter(file => existsSync(file));
  return {
    ...others,
    namespaces: [],
    ...(process.geteuid!() === 0 ? {uid, gid, groups: []} : {}),
    seccomp: hasNetwork ? 'default' : [noSockets, 'default'],
    landlock: {
      execute: exists(readable),
      read: exists([...settings.map(file => `/etc/${file}`), ...devices, ...(isGiven(workdir) ? [workdir] : [])]),
      write: [...exists(devices.slice(0, 3)), ...(isGiven(workdir) ? [workdir] : [])],
      ...(hasNetwork ? {} : {connectTcp: [], bindTcp: []}),
      scope: ['signal', 'abstract-unix'],
    },
    env: {...env, ...(isGiven(workdir) ? {TMPDIR: workdir} : {})},
    cwd: workdir ?? '/',
  };
}

/** Tries whether a user namespace with others can be made. The child would execute a directory, so that it never runs. */
function canMakeNamespaces(): boolean {
  if (isRestrictedByAppArmor()) return false;
  const types: readonly NamespaceType[] = ['user', 'pid', 'mnt'];
  const request = Float64Array.of(cloneMask(types), 0, 0);
  native().clone('/', [], [], new Int32Array(), new Int32Array(), request);
  return request[0] === EACCES && native().syscalls[request[2]!]!.startsWith('exec');
}
