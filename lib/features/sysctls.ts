// The option `sysctls`: settings of the new namespaces.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {type Cause, readOnlyProc} from '../shared/hint.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {isGiven, validateNoNul, validateObject} from '../shared/validate.js';
import {type SetupBase, setupFeature} from './feature.js';

export interface SysctlsOptions {
  /**
   * Settings of the new namespaces, by their names as in sysctl(8): `{'net.ipv4.ip_forward': 1, 'kernel.shmmax': 65536}`. A name that contains
   * a slash has slashes as separators, so that an interface's name may contain dots. Only what belongs to a new namespace can be set:
   * `net.*` with 'net', and `kernel.msg*`, `kernel.sem`, `kernel.shm*` and `fs.mqueue.*` with 'ipc' among the namespaces. Everything else belongs
   * to the whole machine, and is refused. Default: those of new namespaces. sysctl(8)
   *
   * Privilege: none in a user namespace for `net.*`. The settings of 'ipc' need user 0 in it (`uidMap: 'root'`), and Linux 5.19 there.
   */
  sysctls?: Readonly<Record<string, string | number>> | undefined;
}

/** Each setting's path in /proc/sys, and its value. */
type Sysctl = readonly [path: string, value: string];

const kinds: readonly [names: RegExp, type: NamespaceType][] = [
  [/^net\//, 'net'],
  [/^kernel\/(msg\w+|sem|sem_next_id|shm\w+)$/, 'ipc'],
  [/^fs\/mqueue\/\w+$/, 'ipc'],
];

export const sysctls = setupFeature<SysctlsOptions, readonly Sysctl[]>({
  title: 'Settings of namespaces',
  examples: {sysctls: {'net.ipv4.ip_default_ttl': 33}},
  resolve({sysctls: option}, base) {
    if (!isGiven(option)) return undefined;
    validateObject(option, 'options.sysctls');
    return Object.entries(option).map(([name, value]) => readSysctl(name, value, base));
  },
  write(operations, value) {
    for (const [path, text] of value ?? []) {
      operations.add({step: 'sysctls', path}, 'WRITE', [0], `${path}\0${text}`);
    }
  },
  causes: [
    refused('EACCES', 'only user 0 of the user namespace that owns it may set it', "set uidMap: 'root'"),
    refused('EPERM', 'only user 0 of the user namespace that owns it may set it', "set uidMap: 'root'"),
    refused('ENOENT', 'this kernel does not have this setting in a namespace', 'look below /proc/sys inside'),
    refused('EINVAL', 'the kernel refuses this value', 'look at sysctl(8), and into Documentation/admin-guide/sysctl'),
    readOnlyProc(['sysctls']),
  ],
});

function refused(code: string, why: string, advice: string): Cause {
  return {steps: ['sysctls'], code, why, advice};
}

function readSysctl(name: string, value: unknown, {namespaces}: SetupBase): Sysctl {
  const property = `options.sysctls['${name}']`;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw invalidArgType(property, 'of type string or number', value);
  }
  const path = name.includes('/') ? name : name.replaceAll('.', '/');
  if (path === 'kernel/hostname' || path === 'kernel/domainname') {
    throw invalidArgValue(property, value, `must be left out: use options.${path.slice('kernel/'.length)}`);
  }
  const isPath = path.split('/').every(part => /^[\w.:@-]+$/.test(part) && part !== '.' && part !== '..');
  const [, type] = (isPath && kinds.find(([names]) => names.test(path))) || [];
  if (type === undefined) {
    const known = 'net.*, kernel.msg*, kernel.sem, kernel.shm* and fs.mqueue.*';
    throw invalidArgValue(property, value, `does not belong to a namespace: only ${known} do`);
  }
  if (!namespaces.has(type)) throw invalidArgValue(property, value, `needs '${type}' among the new namespaces`);
  validateNoNul(`${value}`, property);
  return [`/proc/sys/${path}`, `${value}`];
}
