// Says what happens to a call, by reading the profile and not the program.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {errnoName} from '../shared/errno.js';
import {isGiven} from '../shared/validate.js';
import {actionOf} from './actions.js';
import {isKnownSyscall, unknownSyscall} from './architectures.js';
import {type Comparison, isTrue} from './comparison.js';
import {defaultProfile} from './default-profile.js';
import {type ReadProfile, type Rule, readProfile} from './read-profile.js';
import type {SeccompAction, SeccompCircumstances, SeccompProfile} from './types.js';

/** What happens to a call, and why. */
export interface SeccompDecision {
  /** What happens. SCMP_ACT_KILL is reported as SCMP_ACT_KILL_THREAD. */
  action: SeccompAction;
  /** The name of the errno of SCMP_ACT_ERRNO. */
  errno: string | undefined;
  /** The index of the deciding rule in `syscalls` of the profile, or undefined for the default action. */
  rule: number | undefined;
}

/** The result of {@link explainSeccomp}. */
export interface SeccompExplanation extends SeccompDecision {
  /** The number of the call, or undefined if the processor does not have it. */
  number: number | undefined;
  /** Rules with conditions that are tried before, where no arguments were given: each with its conditions as text. */
  unless: (SeccompDecision & {when: string})[];
  /** All of it, as a sentence. */
  text: string;
}

/**
 * Explains what a profile does with a system call, and by which rule.
 *
 * Privilege: none.
 *
 * @param profile - a profile, or 'default' for the profile of the option `seccomp`
 * @param name - the name of the call, such as 'openat'
 * @param args - its arguments as numbers; without them, the result lists the rules that depend on them
 * @param circumstances - where the call is made
 * @throws ERR_INVALID_ARG_VALUE for a profile that contains a mistake, and for a name that no processor has
 * @see seccomp(2), syscalls(2)
 */
export function explainSeccomp(
  profile: SeccompProfile | 'default',
  name: string,
  args?: readonly (number | bigint)[],
  circumstances: SeccompCircumstances = {},
): SeccompExplanation {
  const read = readProfile(profile === 'default' ? defaultProfile : profile, circumstances, 'profile');
  const {architecture} = read;
  if (!isKnownSyscall(name, architecture)) throw unknownSyscall('syscall', name, '', architecture);
  const number = architecture.syscalls.get(name)?.number;
  const rules = (number === undefined ? undefined : read.rules.get(number)) ?? [];
  const values = args?.map(argumentOf);
  const isDeciding = ({comparisons}: Rule): boolean =>
    values === undefined ? comparisons.length === 0 : comparisons.every(comparison => isTrue(comparison, values));
  const found = rules.find(isDeciding);
  const conditional = isGiven(values) ? [] : rules.filter(({comparisons}) => comparisons.length > 0);
  const unless = conditional.map(rule => ({
    ...decisionOf(rule, read),
    when: rule.comparisons.map(describe).join(' and '),
  }));
  const decision = decisionOf(found, read);
  return {...decision, number, unless, text: textOf(name, number, decision, unless)};
}

function argumentOf(argument: unknown, index: number): bigint {
  const where = `args[${index}]`;
  if (typeof argument === 'bigint') return BigInt.asUintN(64, argument);
  if (typeof argument !== 'number') throw invalidArgType(where, 'a number or a bigint', argument);
  if (!Number.isSafeInteger(argument))
    throw invalidArgValue(where, argument, 'must be an integer, and a bigint above 2**53');
  return BigInt.asUintN(64, BigInt(argument));
}

function decisionOf(rule: Rule | undefined, {defaultAction}: ReadProfile): SeccompDecision {
  const {action, errno} = actionOf(rule?.action ?? defaultAction);
  return {action, errno: errno === undefined ? undefined : errnoName(-errno), rule: rule?.index};
}

const operators: Readonly<Record<Comparison['operator'], string>> = {
  SCMP_CMP_EQ: '==',
  SCMP_CMP_NE: '!=',
  SCMP_CMP_GT: '>',
  SCMP_CMP_GE: '>=',
  SCMP_CMP_LT: '<',
  SCMP_CMP_LE: '<=',
  SCMP_CMP_MASKED_EQ: '&',
};

function describe({index, operator, value, valueTwo}: Comparison): string {
  const hex = (number: bigint): string => `0x${number.toString(16)}`;
  const mask = operator === 'SCMP_CMP_MASKED_EQ' ? ` == ${hex(valueTwo)}` : '';
  return `args[${index}] ${operators[operator]} ${hex(value)}${mask}`;
}

const outcomes: Readonly<Record<SeccompAction, string>> = {
  SCMP_ACT_ALLOW: 'is allowed',
  SCMP_ACT_ERRNO: 'fails with',
  SCMP_ACT_KILL: 'ends the thread by SIGSYS',
  SCMP_ACT_KILL_THREAD: 'ends the thread by SIGSYS',
  SCMP_ACT_KILL_PROCESS: 'ends the process by SIGSYS',
  SCMP_ACT_LOG: 'is allowed and logged',
  SCMP_ACT_NOTIFY: 'is handed to onSyscall',
  SCMP_ACT_TRAP: 'gets the signal SIGSYS',
};

function outcome({action, errno, rule}: SeccompDecision): string {
  return `${outcomes[action]}${errno === undefined ? '' : ` ${errno}`} by ${rule === undefined ? 'the default action' : `rule ${rule}`}`;
}

function textOf(
  name: string,
  number: number | undefined,
  decision: SeccompDecision,
  unless: SeccompExplanation['unless'],
): string {
  if (number === undefined) return `${name} does not exist on this processor`;
  const exceptions = unless.map(exception => `; if ${exception.when}, it ${outcome(exception)}`);
  return `${name} (${number}) ${outcome(decision)}${exceptions.join('')}`;
}
