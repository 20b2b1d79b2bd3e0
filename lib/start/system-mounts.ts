// Ready-made entries for the option `mounts`: plain data, which callers may change.
import {lstatSync, readdirSync, readlinkSync} from 'node:fs';
import type {Mount} from '../features/mount-types.js';
import {invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {orUndefined} from '../shared/own.js';
import {flagOr, isGiven, validateId, validateString} from '../shared/validate.js';

/** Options of {@link systemMounts}. */
export interface SystemMountsOptions {
  /** The uid in /etc/passwd. Default: that of the caller. */
  uid?: number | undefined;
  /** The gid in /etc/passwd and /etc/group. Default: that of the caller. */
  gid?: number | undefined;
  /** The name of the user and the group. Default: 'user', or 'root' for user 0. */
  name?: string | undefined;
  /** The home directory in /etc/passwd. It is not made: {@link homeMount} does that. Default: '/home/NAME', or '/root' for user 0. */
  home?: string | undefined;
  /** Whether /etc/resolv.conf is that of the host, which is of use where the network is. Default: true. */
  network?: boolean | undefined;
}

const options = new KnownOptions(
  namesOf<SystemMountsOptions>({uid: true, gid: true, name: true, home: true, network: true}),
);

const programs = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
// What programs need to start and to find users, hosts and certificates. Nothing of it is secret.
const settings = [
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'nsswitch.conf',
  'hosts',
  'host.conf',
  'localtime',
  'ssl/certs',
  'ssl/openssl.cnf',
  'ca-certificates',
  'pki',
  'alternatives',
  'mime.types',
];

/**
 * Returns entries for the option `mounts` that make the programs of the host work in `root: 'empty'`: its /usr, /bin, /sbin and /lib*,
 * read-only; of /etc what programs need to start, and a passwd and group with the user of the command alone; /dev and an empty /tmp. What
 * the host does not have is left out. The result is a new array, for the caller to change.
 *
 * Privilege: none.
 *
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see mount(8), passwd(5)
 */
export function systemMounts(given?: SystemMountsOptions): Mount[] {
  const read = options.read<SystemMountsOptions>(given);
  const hasNetwork = flagOr(true, read.network, 'options.network');
  return [
    ...programs.flatMap(asOnHost),
    ...[...settings, ...ofJava(), ...(hasNetwork ? ['resolv.conf'] : [])].map(name => readOnly(`/etc/${name}`)),
    ...userFiles(read),
    {type: 'dev', destination: '/dev'},
    {type: 'tmpfs', destination: '/tmp'},
  ];
}

/**
 * Returns an entry for the option `mounts`: a home directory. Name it in `cwd` and in the HOME of `env` as well.
 *
 * Privilege: none.
 *
 * @param path - where it is inside
 * @param source - a folder of the caller's. Default: an empty tmpfs, whose content is gone at the end
 * @throws nothing: the function that mounts checks the entry
 * @see mount(8)
 */
export function homeMount(path: string, source?: string): Mount {
  return source === undefined ? {type: 'tmpfs', destination: path} : {type: 'bind', source, destination: path};
}

const readOnly = (path: string): Mount => ({
  type: 'bind',
  source: path,
  destination: path,
  readOnly: true,
  optional: true,
});

/** Debian keeps the settings in /etc without which no JVM starts. */
function ofJava(): string[] {
  try {
    return readdirSync('/etc').filter(name => /^java-\d+-\w+$/.test(name));
  } catch {
    return [];
  }
}

/** A directory is bound, and a link is made again. */
function asOnHost(path: string): Mount[] {
  const status = lstatSync(path, orUndefined);
  if (status === undefined) return [];
  return [status.isSymbolicLink() ? {type: 'symlink', destination: path, target: readlinkSync(path)} : readOnly(path)];
}

function userFiles(given: SystemMountsOptions): Mount[] {
  const uid = given.uid ?? process.geteuid!();
  const gid = given.gid ?? process.getegid!();
  validateId(uid, 'options.uid');
  validateId(gid, 'options.gid');
  const name = field(given.name, 'options.name') ?? (uid === 0 ? 'root' : 'user');
  const home = field(given.home, 'options.home') ?? (uid === 0 ? '/root' : `/home/${name}`);
  const nobody = 65534;
  const users = [`${name}:x:${uid}:${gid}::${home}:/bin/sh`, `nobody:x:${nobody}:${nobody}::/nonexistent:/bin/false`];
  const groups = [`${name}:x:${gid}:`, `nogroup:x:${nobody}:`];
  const file = (path: string, lines: readonly string[]): Mount => ({
    type: 'file',
    destination: path,
    content: `${lines.join('\n')}\n`,
    readOnly: true,
  });
  return [file('/etc/passwd', users), file('/etc/group', groups)];
}

/** A field of passwd(5) ends at a colon. */
function field(value: unknown, name: string): string | undefined {
  if (!isGiven(value)) return undefined;
  validateString(value, name);
  if (/^[^:\n\0]+$/.test(value)) return value;
  throw invalidArgValue(name, value, 'must not be empty, nor contain a colon or a line feed');
}
