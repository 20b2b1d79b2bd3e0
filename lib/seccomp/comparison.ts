// The conditions of a rule.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import type {Syscall, Width} from './architectures.js';
import type {SeccompArgument, SeccompOperator} from './types.js';

/** A condition on an argument. */
export interface Comparison {
  readonly index: number;
  readonly operator: SeccompOperator;
  /** How many bits of the argument the kernel reads, and are compared. */
  readonly width: Width;
  readonly value: bigint;
  /** For SCMP_CMP_MASKED_EQ; otherwise 0. */
  readonly valueTwo: bigint;
}

/** Whether a comparison is true, by its operator. The argument has the width of the comparison. */
const holds: Readonly<Record<SeccompOperator, (argument: bigint, comparison: Comparison) => boolean>> = {
  SCMP_CMP_EQ: (argument, {value}) => argument === value,
  SCMP_CMP_NE: (argument, {value}) => argument !== value,
  SCMP_CMP_GT: (argument, {value}) => argument > value,
  SCMP_CMP_GE: (argument, {value}) => argument >= value,
  SCMP_CMP_LT: (argument, {value}) => argument < value,
  SCMP_CMP_LE: (argument, {value}) => argument <= value,
  SCMP_CMP_MASKED_EQ: (argument, {value, valueTwo}) => (argument & value) === valueTwo,
};

/** Returns whether a comparison is true for the arguments of a call, as the kernel passes them to a filter. */
export function isTrue(comparison: Comparison, args: readonly bigint[]): boolean {
  const {index, operator, width} = comparison;
  return holds[operator](BigInt.asUintN(width, args[index] ?? 0n), comparison);
}

const fields = new KnownOptions(namesOf<SeccompArgument>({index: true, value: true, valueTwo: true, op: true}));

/** @param syscall - the call whose argument it is, or undefined if no processor that is known has it */
export function readComparison(given: unknown, syscall: Syscall | undefined, where: string): Comparison {
  const {index, value, valueTwo, op} = fields.read(given as SeccompArgument, where);
  validateInteger(index, `${where}.index`, 0, 5);
  if (typeof op !== 'string') throw invalidArgType(`${where}.op`, 'of type string', op);
  if (!Object.hasOwn(holds, op)) {
    throw invalidArgValue(`${where}.op`, op, `must be one of ${listed(Object.keys(holds), op)}`);
  }
  const width = syscall?.widthOf(index) ?? 64;
  const isMasked = op === 'SCMP_CMP_MASKED_EQ';
  return {
    index,
    operator: op,
    width,
    value: readValue(value, width, `${where}.value`),
    valueTwo: isMasked && isGiven(valueTwo) ? readValue(valueTwo, width, `${where}.valueTwo`) : 0n,
  };
}

/** The largest number that has the bits of a negative one: those above the width are all set. */
function isSignExtended(value: bigint, width: Width): boolean {
  return value === BigInt.asUintN(64, BigInt.asIntN(width, value));
}

function readValue(given: unknown, width: Width, where: string): bigint {
  if (typeof given !== 'bigint' && typeof given !== 'number')
    throw invalidArgType(where, 'a number or a bigint', given);
  if (typeof given === 'number' && !Number.isSafeInteger(given)) {
    throw invalidArgValue(where, given, 'must be an integer, and a bigint above 2**53, where a number is not exact');
  }
  const value = BigInt(given);
  if (value < 0n || value >= 1n << 64n) throw invalidArgValue(where, given, 'must have at most 64 bits, and no sign');
  const narrow = BigInt.asUintN(width, value);
  // The condition could never hold, or always: a mistake that must not pass for a condition.
  if (narrow !== value && !isSignExtended(value, width)) {
    throw invalidArgValue(
      where,
      given,
      `must have at most ${width} bits, because the kernel reads no more of this argument`,
    );
  }
  return narrow;
}
