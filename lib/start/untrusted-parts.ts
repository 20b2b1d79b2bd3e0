// What untrusted() consists of with and without namespaces: its options, rights, and ids on the host.
import {randomInt} from 'node:crypto';
import type {Mount} from '../features/mount-types.js';
import type {RootOption} from '../features/root.js';
import {codedError, invalidArgValue} from '../shared/argument-errors.js';
import {areMapped, read} from '../shared/facts.js';
import {isGiven, validateId} from '../shared/validate.js';
import type {SpawnOptions} from './options/spawn-options.js';

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

/** Java starts some 30 threads, and a compiler some processes. */
const processesMax = 512;

// Ids that systemd's list of ranges leaves unused: https://systemd.io/UIDS-GIDS/
const unusedIds = {first: 0x7000_0000, end: 0x7ff0_0000};
/** That of nobody. */
const overflowId = 65_534;

/** What needs no namespace. */
export function rights(home: string): SpawnOptions {
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

/** The ids on the host. Those of root are never the command's, and it owns nothing by default. */
export function hostIds({hostUid, hostGid}: UntrustedOptions): {uid: number; gid: number} {
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
