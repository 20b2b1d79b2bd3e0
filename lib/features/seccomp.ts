// The option `seccomp`: filters of the command's system calls.

import {notify} from '../seccomp/actions.js';
import {instructionsMax} from '../seccomp/assembler.js';
import {CompiledProfiles} from '../seccomp/cache.js';
import {compileProfile, compileRules} from '../seccomp/compile.js';
import {defaultProfile} from '../seccomp/default-profile.js';
import {validateNotify, withKillsNotified} from '../seccomp/on-syscall.js';
import {readProfile} from '../seccomp/read-profile.js';
import type {SeccompCircumstances, SeccompProfile} from '../seccomp/types.js';
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {native} from '../shared/native.js';
import {isGiven} from '../shared/validate.js';
import type {CapabilitiesOptions} from './capabilities.js';
import {commandFeature} from './feature.js';
import type {NoNewPrivilegesOptions} from './no-new-privileges.js';

/** A filter: 'default', a profile, or a program of classic BPF (an array of struct sock_filter, as compileSeccomp() returns it). */
export type SeccompFilter = 'default' | SeccompProfile | Uint8Array;

export interface SeccompOptions {
  /**
   * Filters of the system calls of the command and of all its descendants: 'default', a profile in the JSON of the OCI, a program, or an array
   * of these, in which the strictest of their actions counts. A profile covers the calls of the native architecture: calls of another one
   * (int 0x80 on x86-64) end the process by SIGSYS, and those of x32 fail with ENOSYS. Filters must allow execve(2), and all but the last one
   * seccomp(2). Default: none. seccomp(2)
   *
   * Privilege: none. If the command's process lacks CAP_SYS_ADMIN in its user namespace, nsinit sets no_new_privs, as the kernel demands. With
   * `noNewPrivileges: false` it fails with EACCES instead.
   */
  seccomp?: SeccompFilter | readonly SeccompFilter[] | undefined;
}

// sizeof(struct sock_filter)
const instructionSize = 8;
const wordsOfInstruction = instructionSize / 4;
/** BPF_RET | BPF_K */
const returns = 6;

/** A program as 32-bit numbers, and SECCOMP_FILTER_FLAG_*. */
export interface ResolvedFilter {
  words: Uint32Array;
  flags: number;
  /** Whether it hands calls to `onSyscall`. */
  notifies: boolean;
  /** The program that it stands for, if it hands over the calls that this one kills, so that they can be reported. */
  killing: Uint8Array | undefined;
}

let compiledDefault: ResolvedFilter | undefined;

export interface ResolvedFilters {
  filters: readonly ResolvedFilter[];
  /** Whether the option is an array, so that a failure has an index. */
  isList: boolean;
  /** Whether one of them hands calls to `onSyscall`. */
  notifies: boolean;
  /** That of one of them. */
  killing: Uint8Array | undefined;
  /** Whether no_new_privs is refused by the caller. */
  keepsPrivileges: boolean;
}

export const seccomp = commandFeature<SeccompOptions, ResolvedFilters>({
  title: 'System call filters',
  examples: {seccomp: 'default'},
  resolve(options: SeccompOptions & CapabilitiesOptions & NoNewPrivilegesOptions & {reportForbidden?: unknown}) {
    const option = options.seccomp;
    if (!isGiven(option)) return undefined;
    const keepsPrivileges = options.noNewPrivileges === false;
    const here = {capabilities: namesIn(options.capabilities), reports: options.reportForbidden === true};
    const isList = Array.isArray(option);
    const filters = isList
      ? option.map((filter, index) => resolveFilter(filter, here, `options.seccomp[${index}]`))
      : [resolveFilter(option, here, 'options.seccomp')];
    const listening = filters.filter(hasListener);
    if (listening.length > 1) {
      const kills = here.reports ? ', and with options.reportForbidden one that kills' : '';
      throw invalidArgValue('options.seccomp', option, `may contain only one filter with SCMP_ACT_NOTIFY${kills}`);
    }
    const [found] = listening;
    return {filters, isList, notifies: found?.notifies === true, killing: found?.killing, keepsPrivileges};
  },
  write(operations, value, {sent}) {
    value?.filters.forEach((filter, index) => {
      const {words, flags} = filter;
      const step = {step: 'seccomp', index: value.isList ? index : undefined};
      // Both numbers have 32 bits.
      const lengthAndChannel = words.length / wordsOfInstruction + (hasListener(filter) ? sent.listener! : 0) * 2 ** 32;
      const numbers = [flags, lengthAndChannel, Number(value.keepsPrivileges)] as const;
      operations.addList(step, 'SECCOMP', numbers, words);
    });
  },
  causes: [
    {
      steps: ['seccomp'],
      code: 'EINVAL',
      why: 'the kernel refuses the program: it has an instruction that filters may not use, a jump out of the program, or no return at its end',
      advice: 'compile a profile instead (compileSeccomp), or correct the program',
    },
    {
      steps: ['seccomp'],
      code: 'EACCES',
      why: 'a filter needs CAP_SYS_ADMIN in the user namespace of the command, or no_new_privs, which noNewPrivileges: false forbids',
      advice: "set noNewPrivileges or leave it out, or add 'user' to the namespaces",
    },
    {
      steps: ['seccomp'],
      code: 'EBUSY',
      why: 'a filter of the container that this process runs in hands calls to another program, and the kernel permits only one such filter',
      advice: 'run outside of it, or use SCMP_ACT_ERRNO instead of SCMP_ACT_NOTIFY',
    },
    {
      steps: ['seccomp'],
      code: 'EMFILE',
      why: 'the limit of open files (rlimits.nofile) leaves no descriptor for the calls that the filter hands over',
      advice: 'set it to 32 at least, or let the command set it',
    },
    {
      steps: ['seccomp'],
      code: 'ENOMEM',
      why: 'all filters of a process together may have 32768 instructions',
      advice: 'use fewer or shorter filters',
    },
    {
      steps: ['seccomp'],
      code: 'EPERM',
      why: 'a filter that comes before, or that of the container that this process runs in, refuses seccomp or prctl',
      advice: 'allow them in it, or put it last',
    },
    {
      steps: ['seccomp'],
      code: 'ENOSYS',
      why: 'a filter that comes before refuses seccomp, or the kernel has no CONFIG_SECCOMP_FILTER',
      advice: 'allow it in that filter, or put that filter last',
    },
  ],
});

/** The capabilities of the command, for the rules that depend on them. The capabilities feature validates the option. */
function namesIn(option: CapabilitiesOptions['capabilities']): readonly string[] {
  if (option === 'all') return Object.keys(native().capabilities);
  if (!Array.isArray(option)) return [];
  return option.map(name => `CAP_${String(name).replace(/^CAP_/, '')}`);
}

const hasListener = ({notifies, killing}: ResolvedFilter): boolean => notifies || killing !== undefined;

interface Circumstances extends SeccompCircumstances {
  /** Whether calls that kill are handed over. */
  reports: boolean;
}

const compiledProfiles = new CompiledProfiles<ResolvedFilter>();

function resolveFilter(option: unknown, here: Circumstances, where: string): ResolvedFilter {
  if (option === 'default') {
    compiledDefault ??= inWords(compileProfile(defaultProfile, {}, where));
    return compiledDefault;
  }
  if (option instanceof Uint8Array) return inWords({program: readProgram(option, where), flags: 0, notifies: false});
  if (typeof option !== 'object' || option === null) {
    throw invalidArgType(where, "'default', a profile, or a program as a Buffer", option);
  }
  return compiledProfiles.get(option, here, () => compile(option as SeccompProfile, here, where));
}

function compile(profile: SeccompProfile, here: Circumstances, where: string): ResolvedFilter {
  const read = readProfile(profile, here, where);
  validateNotify(read, profile, where);
  const filter = compileRules(read, profile, where);
  const reporting = here.reports ? withKillsNotified(read) : undefined;
  if (reporting === undefined) return inWords(filter);
  const {words} = inWords(compileRules(reporting, profile, where));
  return {words, flags: filter.flags, notifies: filter.notifies, killing: filter.program};
}

/** Copies a program, so that the caller may change it afterwards. */
function inWords(filter: {program: Uint8Array; flags: number; notifies: boolean}): ResolvedFilter {
  const {program, flags, notifies} = filter;
  const copy = Uint8Array.from(program);
  return {words: new Uint32Array(copy.buffer), flags, notifies, killing: undefined};
}

function readProgram(bytes: Uint8Array, where: string): Uint8Array {
  const count = bytes.length / instructionSize;
  if (!Number.isInteger(count) || count < 1 || count > instructionsMax) {
    throw invalidArgValue(
      where,
      bytes,
      `must contain from 1 to ${instructionsMax} instructions of ${instructionSize} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += instructionSize) {
    if (view.getUint16(at, true) !== returns || (view.getUint32(at + 4, true) & 0xffff0000) >>> 0 !== notify) continue;
    // Which calls that nsinit itself makes it would hand over cannot be seen.
    throw invalidArgValue(
      where,
      bytes,
      'must not return SECCOMP_RET_USER_NOTIF: give the profile instead of the program',
    );
  }
  return bytes;
}
