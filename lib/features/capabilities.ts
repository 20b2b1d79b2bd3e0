// The options `capabilities` and `boundingCapabilities`: what a command may do of what root may do.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {isGiven} from '../shared/validate.js';
import {type CommandFeature, commandFeature} from './feature.js';
import type {NoNewPrivilegesOptions} from './no-new-privileges.js';

type Capability =
  | 'AUDIT_CONTROL'
  | 'AUDIT_READ'
  | 'AUDIT_WRITE'
  | 'BLOCK_SUSPEND'
  | 'BPF'
  | 'CHECKPOINT_RESTORE'
  | 'CHOWN'
  | 'DAC_OVERRIDE'
  | 'DAC_READ_SEARCH'
  | 'FOWNER'
  | 'FSETID'
  | 'IPC_LOCK'
  | 'IPC_OWNER'
  | 'KILL'
  | 'LEASE'
  | 'LINUX_IMMUTABLE'
  | 'MAC_ADMIN'
  | 'MAC_OVERRIDE'
  | 'MKNOD'
  | 'NET_ADMIN'
  | 'NET_BIND_SERVICE'
  | 'NET_BROADCAST'
  | 'NET_RAW'
  | 'PERFMON'
  | 'SETFCAP'
  | 'SETGID'
  | 'SETPCAP'
  | 'SETUID'
  | 'SYSLOG'
  | 'SYS_ADMIN'
  | 'SYS_BOOT'
  | 'SYS_CHROOT'
  | 'SYS_MODULE'
  | 'SYS_NICE'
  | 'SYS_PACCT'
  | 'SYS_PTRACE'
  | 'SYS_RAWIO'
  | 'SYS_RESOURCE'
  | 'SYS_TIME'
  | 'SYS_TTY_CONFIG'
  | 'WAKE_ALARM';

/** The name of a capability, with or without CAP_. capabilities(7) */
export type CapabilityName = Capability | `CAP_${Capability}`;

/** A set of capabilities: all, none, or those of a list. */
export type Capabilities = 'all' | 'none' | readonly CapabilityName[];

export interface CapabilitiesOptions {
  /**
   * The capabilities of the command, in its user namespace: exactly these, whichever user it is. They are its permitted, effective,
   * inheritable and ambient set. 'all' stands for all that nsinit has, in a new user namespace all that exist. A capability that the caller
   * lacks is refused with EPERM.
   *
   * Default: what the kernel gives at the exec: user 0 has all, and every other user none.
   *
   * Privilege: none for fewer than the caller has. But without `noNewPrivileges` the command, or a set-user-ID program that it executes,
   * could get others back, and only CAP_SETPCAP may take them out of the bounding set. capabilities(7), capset(2)
   */
  capabilities?: Capabilities | undefined;
  /**
   * The bounding set: what the command and its descendants can have at most, also by set-user-ID programs and by capabilities of files. Default:
   * `capabilities` if they are given, or unchanged with `noNewPrivileges`, since nothing is gained at an exec then.
   *
   * Privilege: CAP_SETPCAP in the user namespace of the command. prctl(2), PR_CAPBSET_DROP
   */
  boundingCapabilities?: Capabilities | undefined;
}

/** A set: bit n for capability n, or Infinity for all. */
type Bits = number;

export const capabilities = commandFeature<Pick<CapabilitiesOptions, 'capabilities'>, Bits>({
  title: 'Capabilities of the command',
  examples: {capabilities: ['NET_RAW']},
  resolve: options => resolveSet(options.capabilities, 'options.capabilities'),
  write(operations, set, {setup}) {
    if (set !== undefined) operations.add({step: 'capabilities'}, 'SET_CAPABILITIES', [set]);
    // nsinit has kept its capabilities in the new user namespace as ambient ones over its exec. The command must not inherit them.
    else if (setup.namespaces.has('user')) operations.add({step: 'namespaces'}, 'CAPABILITIES');
  },
  causes: [
    {
      steps: ['capabilities'],
      code: 'EPERM',
      why: 'the command cannot have a capability that its caller lacks, or that is not in the bounding set',
      advice: "leave it out (`grep Cap /proc/self/status` shows the caller's), or add 'user' to the namespaces",
    },
  ],
});

/** Before the ids change, because it needs a capability. */
export const boundingCapabilities = commandFeature<Pick<CapabilitiesOptions, 'boundingCapabilities'>, Bits>({
  title: 'Bounding set of the command',
  examples: {boundingCapabilities: ['NET_RAW', 'CHOWN']},
  resolve(options: CapabilitiesOptions & NoNewPrivilegesOptions) {
    const set = resolveSet(options.capabilities, 'options.capabilities');
    const given = resolveSet(options.boundingCapabilities, 'options.boundingCapabilities');
    if (given === undefined) return options.noNewPrivileges ? undefined : set;
    if (set !== undefined && exceeds(set, given)) {
      const value = options.boundingCapabilities;
      throw invalidArgValue('options.boundingCapabilities', value, 'must contain all of `capabilities`');
    }
    return given;
  },
  write(operations, set) {
    if (set !== undefined && set !== Infinity) {
      operations.add({step: 'boundingCapabilities'}, 'BOUND_CAPABILITIES', [set]);
    }
  },
  causes: [
    {
      steps: ['boundingCapabilities'],
      code: 'EPERM',
      why: 'only CAP_SETPCAP may reduce the bounding set, which `capabilities` does too if noNewPrivileges is false',
      advice: "set noNewPrivileges and leave boundingCapabilities out, or add 'user' to the namespaces",
    },
  ],
});

/** Before the ids change: a process that becomes another user than 0 would lose all capabilities. */
export const keptCapabilities: CommandFeature = commandFeature<object, true>({
  title: 'Capabilities over a change of ids',
  examples: {},
  resolve: ({capabilities: set}: CapabilitiesOptions) => isGiven(set) || undefined,
  write(operations, isNeeded) {
    if (isNeeded) operations.add({step: 'capabilities'}, 'KEEP_CAPABILITIES');
  },
});

function resolveSet(option: unknown, name: string): Bits | undefined {
  if (!isGiven(option)) return undefined;
  if (option === 'all') return Infinity;
  if (option === 'none') return 0;
  if (!Array.isArray(option)) throw invalidArgType(name, "'all', 'none' or an array of names", option);
  const numbers = new Set(option.map((capability, index) => numberOf(capability, `${name}[${index}]`)));
  return [...numbers].reduce((bits, number) => bits + 2 ** number, 0);
}

function numberOf(capability: unknown, name: string): number {
  if (typeof capability !== 'string') throw invalidArgType(name, 'of type string', capability);
  const {capabilities: known} = native();
  const full = capability.startsWith('CAP_') ? capability : `CAP_${capability}`;
  if (Object.hasOwn(known, full)) return known[full]!;
  throw invalidArgValue(name, capability, `must be one of ${listed(Object.keys(known), full)}`);
}

/** Returns whether a set contains a capability that the other one does not. */
function exceeds(set: Bits, other: Bits): boolean {
  if (other === Infinity || set === Infinity) return other !== Infinity;
  return (BigInt(set) & ~BigInt(other)) !== 0n;
}
