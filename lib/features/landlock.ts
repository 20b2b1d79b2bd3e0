// The option `landlock`: which files, ports and processes the command reaches. The kernel holds it without any namespace.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {flagOr, isGiven, validateInteger, validateNoNul, validateString} from '../shared/validate.js';
import {commandFeature} from './feature.js';
import type {NoNewPrivilegesOptions} from './no-new-privileges.js';

/** What Landlock leaves to a command. What is not given is not restricted. landlock(7) */
export interface Landlock {
  /**
   * Files and folders that may be read; with a folder everything below it. If one of `read`, `write` and `execute` is given, everything else
   * of the file system is refused. The paths are those of the caller: they are opened when the command is started, before and outside of its
   * root, and the files stay allowed under whatever path they are mounted inside. Symbolic links are followed. Default: none.
   */
  read?: readonly string[] | undefined;
  /** Files and folders that may be written, made and removed, but not read. Default: none. */
  write?: readonly string[] | undefined;
  /** Files and folders that may be executed and read: the command, its interpreter, and its libraries. Default: none. */
  execute?: readonly string[] | undefined;
  /** The TCP ports that the command may connect to. Linux 6.7. Default: all. */
  connectTcp?: readonly number[] | undefined;
  /** The TCP ports that the command may bind a socket to. Linux 6.7. Default: all. */
  bindTcp?: readonly number[] | undefined;
  /**
   * What the command reaches only among itself and its descendants: 'signal', no other process receives its signals; 'abstract-unix', it cannot
   * connect to abstract Unix sockets of others. Linux 6.12. Default: none.
   */
  scope?: readonly ('signal' | 'abstract-unix')[] | undefined;
  /** Whether the audit log names what was refused to the command. Linux 6.15. Default: false. */
  log?: boolean | undefined;
  /**
   * The lowest version of Landlock (its ABI) that suffices. What a kernel with that version cannot refuse is left out then, and
   * `child.enforced.landlock.missing` names it. Default: the version that has all that is asked for. For files that is 5 (Linux 6.10): 3 (Linux
   * 6.2) adds truncation, and 5 the ioctls of devices. Ports need 4, scopes 6, and the log 7. Version 1 is that of Linux 5.13.
   */
  atLeast?: number | undefined;
}

export interface LandlockOptions {
  /**
   * Which files, ports and processes the command and its descendants reach, on top of all other permissions. It works without any namespace
   * (`namespaces: []`), for every user. It does not hold everything: docs/untrusted.md lists what. Default: no restriction. landlock(7)
   *
   * Privilege: none. If the command's process lacks CAP_SYS_ADMIN, nsinit sets no_new_privs, as the kernel demands. With `noNewPrivileges: false`
   * it fails with EPERM instead. Linux 5.13; on an older kernel, and one without Landlock, it fails with ENOTSUP.
   */
  landlock?: Landlock | undefined;
}

/** A part of what was asked for, the version of Landlock that has it, and the version of Linux. */
interface Part {
  name: string;
  abi: number;
  linux: string;
}

/** What is to be refused, and the exceptions. The numbers are those of linux/landlock.h. */
export interface ResolvedLandlock {
  files: number;
  network: number;
  scope: number;
  /** LANDLOCK_RESTRICT_SELF_*. */
  flags: number;
  paths: readonly {option: 'read' | 'write' | 'execute'; index: number; path: string; rights: number}[];
  ports: readonly (readonly [port: number, rights: number])[];
  /** The version of this kernel, 0 without Landlock. */
  abi: number;
  /** The version that suffices. */
  needed: number;
  /** What this kernel cannot refuse. */
  missing: readonly Part[];
  keepsPrivileges: boolean;
}

// LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_*, LANDLOCK_SCOPE_* and LANDLOCK_RESTRICT_SELF_LOG_NEW_EXEC_ON of linux/landlock.h.
const right = {
  EXECUTE: 1,
  WRITE_FILE: 2,
  READ_FILE: 4,
  READ_DIR: 8,
  REFER: 1 << 13,
  TRUNCATE: 1 << 14,
  IOCTL_DEV: 1 << 15,
};
const REMOVE_AND_MAKE = 0x1ff0;
const BIND_TCP = 1;
const CONNECT_TCP = 2;
const scopes = {'abstract-unix': 1, signal: 2};
const LOG_NEW_EXEC_ON = 2;

const reading = right.READ_FILE | right.READ_DIR;
const rightsOf = {
  read: reading,
  write: right.WRITE_FILE | REMOVE_AND_MAKE | right.REFER | right.TRUNCATE | right.IOCTL_DEV,
  execute: right.EXECUTE | reading,
};
const allRights = rightsOf.write | rightsOf.execute;

// Before version 2 the kernel refuses every move between folders, so that nothing is missing without REFER.
const parts = {
  files: {name: 'files', abi: 1, linux: '5.13'},
  truncate: {name: 'truncation of files', abi: 3, linux: '6.2'},
  devices: {name: 'ioctls of devices', abi: 5, linux: '6.10'},
  ports: {name: 'TCP ports', abi: 4, linux: '6.7'},
  scope: {name: 'scopes', abi: 6, linux: '6.12'},
  log: {name: 'the log', abi: 7, linux: '6.15'},
};

const fields = new KnownOptions(
  namesOf<Landlock>({
    read: true,
    write: true,
    execute: true,
    connectTcp: true,
    bindTcp: true,
    scope: true,
    log: true,
    atLeast: true,
  }),
);

export const landlock = commandFeature<LandlockOptions, ResolvedLandlock>({
  title: 'Landlock',
  examples: {landlock: {execute: ['/'], atLeast: 1}},
  resolve(options: LandlockOptions & NoNewPrivilegesOptions) {
    const {landlock: option, noNewPrivileges} = options;
    if (!isGiven(option)) return undefined;
    return resolveLandlock(fields.read<Landlock>(option, 'options.landlock'), noNewPrivileges === false);
  },
  write(operations, value, {sent}) {
    if (value === undefined) return;
    const {flags, keepsPrivileges} = value;
    operations.add({step: 'landlock'}, 'LANDLOCK', [sent.ruleset!, flags, Number(keepsPrivileges)]);
  },
  causes: [
    {
      steps: ['landlock'],
      code: 'EPERM',
      syscall: 'landlock_restrict_self',
      why: 'it needs CAP_SYS_ADMIN in the user namespace of the command, or no_new_privs, which noNewPrivileges: false forbids',
      advice: "set noNewPrivileges or leave it out, or add 'user' to the namespaces",
    },
    {
      steps: ['landlock'],
      code: 'E2BIG',
      syscall: 'landlock_restrict_self',
      why: 'this process and its ancestors have 16 rulesets already, the most that there may be',
      advice: 'start this process with fewer of them',
    },
    {
      steps: ['landlock.read', 'landlock.write', 'landlock.execute'],
      code: 'ENOENT',
      why: 'there is no such file or folder outside, where the paths of `landlock` are opened',
      advice: 'leave it out, or make it before',
    },
    {
      steps: ['landlock.read', 'landlock.write', 'landlock.execute'],
      code: 'EACCES',
      why: 'this process may not reach that file or folder itself',
      advice: 'leave it out',
    },
  ],
});

function resolveLandlock(option: Landlock, keepsPrivileges: boolean): ResolvedLandlock {
  const {read, write, execute, connectTcp, bindTcp, scope, log, atLeast} = option;
  const hasFiles = [read, write, execute].some(isGiven);
  const hasPorts = [connectTcp, bindTcp].some(isGiven);
  const scopeBits = isGiven(scope) ? scopeMask(scope) : 0;
  const isLogged = flagOr(false, log, 'options.landlock.log');
  const wanted = [
    ...(hasFiles ? [parts.files, parts.truncate, parts.devices] : []),
    ...(hasPorts ? [parts.ports] : []),
    ...(scopeBits === 0 ? [] : [parts.scope]),
    ...(isLogged ? [parts.log] : []),
  ];
  if (wanted.length === 0 || (isLogged && wanted.length === 1)) {
    const reason = 'must contain read, write, execute, connectTcp, bindTcp or scope';
    throw invalidArgValue('options.landlock', option, reason);
  }
  const most = Math.max(...wanted.map(({abi}) => abi));
  if (isGiven(atLeast)) validateInteger(atLeast, 'options.landlock.atLeast', 1, 1000);
  const abi = Math.max(native().landlockAbi(), 0);
  const has = (part: Part): boolean => abi >= part.abi;
  const removed =
    (has(parts.truncate) ? 0 : right.TRUNCATE) |
    (has(parts.devices) ? 0 : right.IOCTL_DEV) |
    (abi >= 2 ? 0 : right.REFER);
  const files = hasFiles ? allRights & ~removed : 0;
  const network = (isGiven(bindTcp) ? BIND_TCP : 0) | (isGiven(connectTcp) ? CONNECT_TCP : 0);
  return {
    files,
    network: has(parts.ports) ? network : 0,
    scope: has(parts.scope) ? scopeBits : 0,
    flags: isLogged && has(parts.log) ? LOG_NEW_EXEC_ON : 0,
    paths: (['read', 'write', 'execute'] as const).flatMap(name =>
      readPaths(option[name], name).map((path, index) => ({option: name, index, path, rights: rightsOf[name] & files})),
    ),
    ports: [
      ...readPorts(bindTcp, 'bindTcp').map(port => [port, BIND_TCP] as const),
      ...readPorts(connectTcp, 'connectTcp').map(port => [port, CONNECT_TCP] as const),
    ].filter(() => has(parts.ports)),
    abi,
    needed: atLeast ?? most,
    missing: wanted.filter(part => !has(part)),
    keepsPrivileges,
  };
}

function readPaths(option: unknown, name: string): string[] {
  if (!isGiven(option)) return [];
  if (!Array.isArray(option)) throw invalidArgType(`options.landlock.${name}`, 'an array of paths', option);
  return option.map((path, index) => {
    const property = `options.landlock.${name}[${index}]`;
    validateString(path, property);
    validateNoNul(path, property);
    if (path === '') throw invalidArgValue(property, path, 'cannot be empty');
    return path;
  });
}

function readPorts(option: unknown, name: string): number[] {
  if (!isGiven(option)) return [];
  if (!Array.isArray(option)) throw invalidArgType(`options.landlock.${name}`, 'an array of ports', option);
  for (const [index, port] of option.entries()) {
    validateInteger(port, `options.landlock.${name}[${index}]`, 0, 65535);
  }
  return [...option];
}

function scopeMask(option: unknown): number {
  if (!Array.isArray(option)) throw invalidArgType('options.landlock.scope', 'an array of names', option);
  return option.reduce((mask: number, name: unknown, index) => {
    if (typeof name === 'string' && Object.hasOwn(scopes, name)) return mask | scopes[name as keyof typeof scopes];
    throw invalidArgValue(
      `options.landlock.scope[${index}]`,
      name,
      `must be one of ${listed(Object.keys(scopes), name)}`,
    );
  }, 0);
}
