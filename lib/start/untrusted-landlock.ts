// What untrusted() falls back on where no user namespaces can be made, if it is asked for: Landlock and filters of system calls.
import {existsSync} from 'node:fs';
import {cloneMask} from '../features/namespaces.js';
import type {SeccompProfile} from '../seccomp/types.js';
import {invalidArgValue} from '../shared/argument-errors.js';
import {isRestrictedByAppArmor} from '../shared/facts.js';
import {EACCES} from '../shared/kernel.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {isGiven} from '../shared/validate.js';
import type {SpawnOptions} from './options/spawn-options.js';
import {hostIds, rights, type UntrustedOptions} from './untrusted-parts.js';

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
export function byLandlock(options: UntrustedOptions, hasNetwork: boolean): SpawnOptions {
  const given = own(options);
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
export function canMakeNamespaces(): boolean {
  if (isRestrictedByAppArmor()) return false;
  const types: readonly NamespaceType[] = ['user', 'pid', 'mnt'];
  const request = Float64Array.of(cloneMask(types), 0, 0);
  native().clone('/', [], [], new Int32Array(), new Int32Array(), request);
  return request[0] === EACCES && native().syscalls[request[2]!]!.startsWith('exec');
}
