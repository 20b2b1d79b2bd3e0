// A plain reading of seccomp profiles, which shares no code with lib/seccomp but the table of system calls.
import {constants} from 'node:os';
import type {SeccompArgument, SeccompProfile, SeccompRule, SeccompScope} from 'namespawn';
import {syscallTable} from '../../dist/seccomp/syscall-table.js';

/** The numbers of one processor, and the letters of the arguments. */
export interface Table {
  name: 'x64' | 'arm64';
  goName: string;
  audit: number;
  numbers: Map<number, {name: string; letters: string}>;
}

export const tables: readonly Table[] = [
  {name: 'x64', goName: 'amd64', audit: 0xc000003e, numbers: numbersOf(1)},
  {name: 'arm64', goName: 'arm64', audit: 0xc00000b7, numbers: numbersOf(2)},
];

function numbersOf(column: number): Table['numbers'] {
  const numbers: Table['numbers'] = new Map();
  for (const entry of syscallTable.trim().split(/\s+/)) {
    const fields = entry.split(':');
    if (fields[column] !== '') numbers.set(Number(fields[column]), {name: fields[0]!, letters: fields[3]!});
  }
  return numbers;
}

const values: Record<string, number> = {
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_KILL_THREAD: 0,
  SCMP_ACT_KILL: 0,
  SCMP_ACT_TRAP: 0x30000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

function valueOfAction(action: string, number: number | null | undefined, name: string | null | undefined): number {
  if (action !== 'SCMP_ACT_ERRNO') return values[action]!;
  return 0x50000 + (name ? constants.errno[name as 'EPERM'] : (number ?? 1));
}

const bits: Record<string, bigint> = {s: 16n, i: 32n, l: 64n};

function holds({index, op, value, valueTwo}: SeccompArgument, args: readonly bigint[], letters: string): boolean {
  const all = 1n << bits[letters[index] ?? 'l']!;
  const [argument, wanted, masked] = [args[index]! % all, BigInt(value) % all, BigInt(valueTwo ?? 0) % all];
  if (op === 'SCMP_CMP_EQ') return argument === wanted;
  if (op === 'SCMP_CMP_NE') return argument !== wanted;
  if (op === 'SCMP_CMP_LT') return argument < wanted;
  if (op === 'SCMP_CMP_LE') return argument <= wanted;
  if (op === 'SCMP_CMP_GT') return argument > wanted;
  if (op === 'SCMP_CMP_GE') return argument >= wanted;
  return (argument & wanted) === masked;
}

/** The kernel of all readings. */
export const kernel = '5.10';

function isOf(scope: SeccompScope | null | undefined, table: Table, capabilities: readonly string[]): boolean[] {
  return [
    ...(scope?.caps ?? []).map(name => capabilities.includes(name)),
    ...(scope?.arches?.length ? [scope.arches.includes(table.goName)] : []),
    ...(scope?.minKernel ? [Number(scope.minKernel.split('.')[0]) < 5 || scope.minKernel === '5.10'] : []),
  ];
}

// The rules of each name, because a test reads a profile thousands of times.
const named = new WeakMap<SeccompProfile, Map<string, SeccompRule[]>>();

export function rulesFor(profile: SeccompProfile, name: string): readonly SeccompRule[] {
  const known = named.get(profile) ?? new Map<string, SeccompRule[]>();
  named.set(profile, known);
  const rules =
    known.get(name) ?? (profile.syscalls ?? []).filter(rule => [...(rule.names ?? []), rule.name].includes(name));
  known.set(name, rules);
  return rules;
}

/** Returns what a program for the profile has to return for a call, which is one of the table's processor. */
export function readPlainly(
  profile: SeccompProfile,
  {number, args}: {number: number; args: readonly bigint[]},
  table: Table,
  capabilities: readonly string[],
): number {
  if (table.name === 'x64' && number >= 0x40000000) return 0x50000 + constants.errno.ENOSYS;
  const {name, letters} = table.numbers.get(number) ?? {name: '', letters: ''};
  const rules = rulesFor(profile, name).filter(
    rule =>
      isOf(rule.includes, table, capabilities).every(Boolean) &&
      !isOf(rule.excludes, table, capabilities).some(Boolean),
  );
  const isMatch = ({args: list}: SeccompRule): boolean => {
    if (!list?.length) return false;
    const results = list.map(argument => holds(argument, args, letters));
    const isRepeated = list.some(({index}, at) => list.some((other, there) => there > at && other.index === index));
    return isRepeated ? results.includes(true) : !results.includes(false);
  };
  const rule = rules.find(isMatch) ?? rules.find(({args: list}) => !list?.length);
  return rule === undefined
    ? valueOfAction(profile.defaultAction, profile.defaultErrnoRet, profile.defaultErrno)
    : valueOfAction(rule.action, rule.errnoRet, rule.errno);
}
