// Compiles a profile to a program of classic BPF.
import {constants} from 'node:os';
import {invalidArgValue} from '../shared/argument-errors.js';
import {errnoAction, killProcess} from './actions.js';
import {Assembler, instructionsMax, jumps, type Label} from './assembler.js';
import type {Comparison} from './comparison.js';
import {defaultProfile} from './default-profile.js';
import {hasNotify} from './on-syscall.js';
import {type ReadProfile, type Rule, readProfile} from './read-profile.js';
import type {SeccompCircumstances, SeccompProfile} from './types.js';

// The offsets in struct seccomp_data of linux/seccomp.h. Both processors are little-endian: the low half of an argument comes first.
const numberOffset = 0;
const architectureOffset = 4;
const argumentOffset = (index: number): number => 16 + 8 * index;

/** The bit that a call of x32 has in its number: __X32_SYSCALL_BIT of asm/unistd.h. */
const x32Bit = 0x40000000;

/** A program, and SECCOMP_FILTER_FLAG_* with which it is installed. */
export interface Filter {
  readonly program: Buffer;
  readonly flags: number;
  /** Whether it hands calls to `onSyscall`. */
  readonly notifies: boolean;
}

/**
 * Compiles a seccomp profile to a program of classic BPF, for the option `seccomp` or for seccomp(2). Spawns that get the program do not
 * compile it again. The `flags` of the profile are not part of a program.
 *
 * Privilege: none.
 *
 * @param profile - a profile, or 'default' for the profile of the option `seccomp`
 * @param circumstances - where the program is to be used
 * @returns an array of struct sock_filter
 * @throws ERR_INVALID_ARG_VALUE for a profile that contains a mistake, or needs more than 4096 instructions; its message names the part
 * @see seccomp(2)
 */
export function compileSeccomp(profile: SeccompProfile | 'default', circumstances: SeccompCircumstances = {}): Buffer {
  return compileProfile(profile === 'default' ? defaultProfile : profile, circumstances, 'profile').program;
}

/** @param where - the path of the profile, for errors */
export function compileProfile(profile: SeccompProfile, circumstances: SeccompCircumstances, where: string): Filter {
  return compileRules(readProfile(profile, circumstances, where), profile, where);
}

/** @param profile - the profile as it was given, for errors */
export function compileRules(read: ReadProfile, profile: SeccompProfile, where: string): Filter {
  const assembler = new Assembler();
  const {audit, hasX32} = read.architecture;
  let label = decide(assembler, segmentsOf(read), read);
  if (hasX32) {
    // Programs for x32 exist only where a kernel is built for them. They get what a kernel without x32 returns.
    const unknown = assembler.end(errnoAction(constants.errno.ENOSYS));
    label = assembler.jump(jumps.atLeast, x32Bit, unknown, label);
  }
  label = assembler.load(numberOffset, label);
  // The numbers of another architecture mean other calls: int 0x80 on x86-64.
  const foreign = assembler.end(killProcess);
  label = assembler.jump(jumps.equal, audit, label, foreign);
  assembler.load(architectureOffset, label);
  if (assembler.length > instructionsMax) {
    throw invalidArgValue(
      where,
      profile,
      `needs ${assembler.length} instructions, and the kernel takes at most ${instructionsMax}: use fewer conditions`,
    );
  }
  return {program: assembler.toBuffer(), flags: read.flags, notifies: hasNotify(read)};
}

/** A range of call numbers with the same rules, from `start` to the start of the next one. */
interface Segment {
  start: number;
  rules: readonly Rule[];
  /** Equal for the same decision. */
  key: string;
}

function segmentsOf({rules, defaultAction}: ReadProfile): Segment[] {
  const segments: Segment[] = [];
  const add = (start: number, list: readonly Rule[]): void => {
    const key = keyOf(list, defaultAction);
    if (segments.at(-1)?.key !== key) segments.push({start, rules: list, key});
  };
  let next = 0;
  for (const number of [...rules.keys()].sort((a, b) => a - b)) {
    if (number > next) add(next, []);
    add(number, rules.get(number)!);
    next = number + 1;
  }
  add(next, []);
  return segments;
}

function keyOf(rules: readonly Rule[], defaultAction: number): string {
  const parts = rules.map(
    ({action, comparisons}) =>
      `${comparisons.map(({index, operator, width, value, valueTwo}) => `${index}${operator}${width}:${value}:${valueTwo}`)}=${action}`,
  );
  return rules.at(-1)?.comparisons.length === 0 ? parts.join() : [...parts, `=${defaultAction}`].join();
}

/** Adds a balanced tree: since Linux 5.11 the kernel runs the program once for each number when it is installed. */
function decide(assembler: Assembler, segments: readonly Segment[], read: ReadProfile): Label {
  const decisions = new Map<string, Label>();
  const decisionOf = ({rules, key}: Segment): Label => {
    // An action alone is added again where it is out of reach.
    if (rules.every(({comparisons}) => comparisons.length === 0)) {
      return assembler.end(rules[0]?.action ?? read.defaultAction);
    }
    const label = decisions.get(key) ?? addRules(assembler, rules, read.defaultAction);
    decisions.set(key, label);
    return label;
  };
  const tree = (from: number, to: number): Label => {
    if (to - from === 1) return decisionOf(segments[from]!);
    const middle = (from + to) >> 1;
    const above = tree(middle, to);
    const below = tree(from, middle);
    return assembler.jump(jumps.atLeast, segments[middle]!.start, above, below);
  };
  return tree(0, segments.length);
}

function addRules(assembler: Assembler, rules: readonly Rule[], defaultAction: number): Label {
  return rules.reduceRight((next, {action, comparisons}) => {
    const done = assembler.end(action);
    return comparisons.reduceRight((yes, comparison) => compare(assembler, comparison, yes, next), done);
  }, assembler.end(defaultAction));
}

const halves = (value: bigint): [high: number, low: number] => [
  Number(value >> 32n),
  Number(BigInt.asUintN(32, value)),
];

function compare(
  assembler: Assembler,
  {index, operator, width, value, valueTwo}: Comparison,
  yes: Label,
  no: Label,
): Label {
  const low = argumentOffset(index);
  const high = low + 4;
  const isWide = width === 64;
  const [valueHigh, valueLow] = halves(value);
  const [twoHigh, twoLow] = halves(valueTwo);
  /** Compares the low half, or all of a narrow argument. */
  const compareLow = (code: number, ifTrue: Label, ifFalse: Label): Label => {
    const compared = assembler.jump(code, valueLow, ifTrue, ifFalse);
    return assembler.load(low, width === 16 ? assembler.mask(0xffff, compared) : compared);
  };
  const equal = (ifTrue: Label, ifFalse: Label): Label => {
    const rest = compareLow(jumps.equal, ifTrue, ifFalse);
    return isWide ? assembler.load(high, assembler.jump(jumps.equal, valueHigh, rest, ifFalse)) : rest;
  };
  /** @param code - for the low halves */
  const above = (code: number, ifTrue: Label, ifFalse: Label): Label => {
    const rest = compareLow(code, ifTrue, ifFalse);
    if (!isWide) return rest;
    const sameHigh = assembler.jump(jumps.equal, valueHigh, rest, ifFalse);
    return assembler.load(high, assembler.jump(jumps.greater, valueHigh, ifTrue, sameHigh));
  };
  const masked = (offset: number, bits: number, expected: number, ifTrue: Label): Label =>
    assembler.load(offset, assembler.mask(bits, assembler.jump(jumps.equal, expected, ifTrue, no)));
  switch (operator) {
    case 'SCMP_CMP_EQ':
      return equal(yes, no);
    case 'SCMP_CMP_NE':
      return equal(no, yes);
    case 'SCMP_CMP_GT':
      return above(jumps.greater, yes, no);
    case 'SCMP_CMP_GE':
      return above(jumps.atLeast, yes, no);
    case 'SCMP_CMP_LT':
      return above(jumps.atLeast, no, yes);
    case 'SCMP_CMP_LE':
      return above(jumps.greater, no, yes);
    case 'SCMP_CMP_MASKED_EQ': {
      // A mask of a narrow argument has no bits above its width.
      const rest = masked(low, valueLow, twoLow, yes);
      return isWide && (valueHigh !== 0 || twoHigh !== 0) ? masked(high, valueHigh, twoHigh, rest) : rest;
    }
  }
}
