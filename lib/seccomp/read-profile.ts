// Validates a profile, and finds the rules that apply here.
import {release} from 'node:os';
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {own} from '../shared/own.js';
import {isGiven, validateString} from '../shared/validate.js';
import {isPermitting, readAction} from './actions.js';
import {type Architecture, architectureOf, isKnownSyscall, unknownSyscall} from './architectures.js';
import {type Comparison, readComparison} from './comparison.js';
import type {SeccompCircumstances, SeccompProfile, SeccompRule, SeccompScope} from './types.js';

/** A rule for one call. */
export interface Rule {
  /** The index of the rule in the profile. */
  readonly index: number;
  /** What a program returns. */
  readonly action: number;
  readonly comparisons: readonly Comparison[];
}

/** A profile as it applies to one processor, kernel and set of capabilities. */
export interface ReadProfile {
  readonly architecture: Architecture;
  readonly defaultAction: number;
  /** The rules of each call, by its number, in the order in which they are tried. At most the last one has no comparisons. */
  readonly rules: ReadonlyMap<number, readonly Rule[]>;
  /** The names in the rules that are no system calls of any processor that is known. */
  readonly ignored: readonly string[];
  /** SECCOMP_FILTER_FLAG_*. */
  readonly flags: number;
}

const profileFields = new KnownOptions(
  namesOf<SeccompProfile>({
    defaultAction: true,
    defaultErrnoRet: true,
    defaultErrno: true,
    architectures: true,
    archMap: true,
    flags: true,
    syscalls: true,
    listenerPath: true,
    listenerMetadata: true,
  }),
);
const ruleFields = new KnownOptions(
  namesOf<SeccompRule>({
    names: true,
    name: true,
    action: true,
    errnoRet: true,
    errno: true,
    args: true,
    includes: true,
    excludes: true,
    comment: true,
  }),
);
const scopeFields = new KnownOptions(namesOf<SeccompScope>({caps: true, arches: true, minKernel: true}));

const flagNumbers: Readonly<Record<string, number>> = {
  // Synchronizes the threads of a process. The command's process has only one when the filter is installed.
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_LOG: 2,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 4,
};

/** Everything that decides whether a rule applies. */
interface Here {
  architecture: Architecture;
  capabilities: ReadonlySet<string>;
  kernel: readonly number[];
}

/**
 * Reads a profile.
 * @param where - the path of the profile, for errors
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE or ERR_OUT_OF_RANGE, with the path of the wrong part
 */
export function readProfile(given: SeccompProfile, circumstances: SeccompCircumstances, where: string): ReadProfile {
  const profile = profileFields.read(given, where);
  const {capabilities, architecture: name, kernel} = own(circumstances);
  const architecture = architectureOf(name ?? process.arch);
  const here = {architecture, capabilities: new Set(capabilities), kernel: versionOf(kernel ?? release())!};
  const defaultAction = readAction(
    profile.defaultAction,
    {number: profile.defaultErrnoRet, name: profile.defaultErrno},
    {action: `${where}.defaultAction`, number: `${where}.defaultErrnoRet`, name: `${where}.defaultErrno`},
  );
  const rules = new Map<number, Rule[]>();
  const ignored: string[] = [];
  listOf(profile.syscalls, `${where}.syscalls`).forEach((rule, index) => {
    addRule({rules, ignored}, rule as SeccompRule, index, `${where}.syscalls[${index}]`, here, defaultAction);
  });
  for (const [number, list] of rules) rules.set(number, inOrder(list));
  return {architecture, defaultAction, rules, ignored, flags: readFlags(profile.flags, `${where}.flags`)};
}

function listOf(list: unknown, where: string): readonly unknown[] {
  if (!isGiven(list)) return [];
  if (!Array.isArray(list)) throw invalidArgType(where, 'an array', list);
  return list;
}

function stringsOf(list: unknown, where: string): readonly string[] {
  const strings = listOf(list, where);
  for (const [index, text] of strings.entries()) validateString(text, `${where}[${index}]`);
  return strings as readonly string[];
}

function readFlags(given: unknown, where: string): number {
  return stringsOf(given, where).reduce((flags, name) => {
    if (!Object.hasOwn(flagNumbers, name)) {
      throw invalidArgValue(where, name, `must contain only ${Object.keys(flagNumbers).join(', ')}`);
    }
    return flags | flagNumbers[name]!;
  }, 0);
}

function addRule(
  {rules, ignored}: {rules: Map<number, Rule[]>; ignored: string[]},
  given: SeccompRule,
  index: number,
  where: string,
  here: Here,
  defaultAction: number,
): void {
  const rule = ruleFields.read(given, where);
  const action = readAction(
    rule.action,
    {number: rule.errnoRet, name: rule.errno},
    {action: `${where}.action`, number: `${where}.errnoRet`, name: `${where}.errno`},
  );
  const names = isGiven(rule.name) ? stringsOf([rule.name], `${where}.name`) : stringsOf(rule.names, `${where}.names`);
  if (names.length === 0) throw invalidArgValue(`${where}.names`, names, 'must contain the name of a system call');
  const args = listOf(rule.args, `${where}.args`);
  const includes = readScope(rule.includes, `${where}.includes`);
  const excludes = readScope(rule.excludes, `${where}.excludes`);
  const applies = isIncluded(includes, here) && !isExcluded(excludes, here);
  for (const name of names) {
    const syscall = here.architecture.syscalls.get(name);
    // Conditions are validated even if the rule does not apply here, so that a profile is wrong everywhere or nowhere.
    const comparisons = args.map((argument, at) => readComparison(argument, syscall, `${where}.args[${at}]`));
    if (!applies) continue;
    if (!isKnownSyscall(name, here.architecture)) {
      // The command would lack a right that the profile gives. A call that is to be refused, however, is one that nobody knows.
      if (isPermitting(action) && !isPermitting(defaultAction)) {
        throw unknownSyscall(`${where}.names`, name, ', or the right would be lost', here.architecture);
      }
      ignored.push(name);
    }
    if (syscall?.number === undefined) continue;
    const list = rules.get(syscall.number) ?? [];
    rules.set(syscall.number, list);
    for (const part of partsOf(comparisons)) list.push({index, action, comparisons: part});
  }
}

/** If an argument is compared twice, each comparison is a rule of its own. runc reads profiles so, because Docker's once were written so. */
function partsOf(comparisons: readonly Comparison[]): readonly (readonly Comparison[])[] {
  const indexes = new Set(comparisons.map(({index}) => index));
  return indexes.size < comparisons.length ? comparisons.map(comparison => [comparison]) : [comparisons];
}

/** A rule with conditions is more specific than one without, wherever it stands. */
function inOrder(rules: readonly Rule[]): Rule[] {
  const general = rules.find(({comparisons}) => comparisons.length === 0);
  const specific = rules.filter(({comparisons}) => comparisons.length > 0);
  return general === undefined ? specific : [...specific, general];
}

interface Scope {
  caps: readonly string[];
  arches: readonly string[];
  minKernel: readonly number[] | undefined;
}

function readScope(given: SeccompScope | null | undefined, where: string): Scope {
  const {caps, arches, minKernel} = scopeFields.read(given, where);
  const version = isGiven(minKernel) && minKernel !== '' ? versionOf(minKernel) : undefined;
  if (isGiven(minKernel) && minKernel !== '' && version === undefined) {
    throw invalidArgValue(`${where}.minKernel`, minKernel, 'must be a version such as 4.8');
  }
  return {
    caps: stringsOf(caps, `${where}.caps`),
    arches: stringsOf(arches, `${where}.arches`),
    minKernel: version,
  };
}

function isIncluded({caps, arches, minKernel}: Scope, here: Here): boolean {
  return (
    caps.every(name => here.capabilities.has(name)) &&
    (arches.length === 0 || arches.includes(here.architecture.goName)) &&
    (minKernel === undefined || isAtLeast(here.kernel, minKernel))
  );
}

function isExcluded({caps, arches, minKernel}: Scope, here: Here): boolean {
  return (
    caps.some(name => here.capabilities.has(name)) ||
    arches.includes(here.architecture.goName) ||
    (minKernel !== undefined && isAtLeast(here.kernel, minKernel))
  );
}

function versionOf(text: unknown): readonly number[] | undefined {
  const found = /^(\d+)\.(\d+)/.exec(String(text));
  return found === null ? undefined : [Number(found[1]), Number(found[2])];
}

function isAtLeast(
  [major = 0, minor = 0]: readonly number[],
  [wanted = 0, wantedMinor = 0]: readonly number[],
): boolean {
  return major > wanted || (major === wanted && minor >= wantedMinor);
}
