// Profiles for tests: those of other programs, and random ones.
import {readFileSync} from 'node:fs';
import type {SeccompArgument, SeccompProfile, SeccompRule} from 'namespawn';
import {defaultProfile} from '../../dist/seccomp/default-profile.js';
import {rulesFor, type Table} from './plain-profile.js';
import type {Random} from './random.js';

function shipped(name: string): SeccompProfile {
  const file = new URL(`../../test/data/seccomp/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as SeccompProfile;
}

/** Our own default profile, and those that test/data/seccomp/README.md describes. */
export const profiles: Readonly<Record<string, SeccompProfile>> = {
  default: defaultProfile,
  docker: shipped('docker'),
  podman: shipped('podman'),
  containerd: shipped('containerd'),
};

const actions = [
  'SCMP_ACT_ALLOW',
  'SCMP_ACT_ERRNO',
  'SCMP_ACT_KILL_PROCESS',
  'SCMP_ACT_KILL_THREAD',
  'SCMP_ACT_LOG',
  'SCMP_ACT_TRAP',
] as const;
const operators = [
  'SCMP_CMP_EQ',
  'SCMP_CMP_NE',
  'SCMP_CMP_LT',
  'SCMP_CMP_LE',
  'SCMP_CMP_GT',
  'SCMP_CMP_GE',
  'SCMP_CMP_MASKED_EQ',
] as const;

/** Values at which comparisons differ, up to a width in bits. */
const edges = [0n, 1n, 2n, 7n, 0x7fffn, 0xffffn, 0x10000n, 0x7fffffffn, 0x80000000n, 0xffffffffn];
const wideEdges = [0x100000000n, 0x100000001n, 0x1ffffffffn, 0x8000000000000000n, 0xffffffffffffffffn];

function randomArgument(random: Random, letters: string): SeccompArgument {
  const index = random.below(6);
  const letter = letters[index] ?? 'l';
  const usable = letter === 's' ? edges.slice(0, 6) : letter === 'i' ? edges : [...edges, ...wideEdges];
  return {
    index,
    op: random.pick(operators),
    value: random.pick(usable),
    ...(random.below(2) === 0 ? {} : {valueTwo: random.pick(usable)}),
  };
}

function randomRule(random: Random, table: Table): SeccompRule {
  const all = [...table.numbers.values()];
  const first = random.pick(all);
  const conditions = random.below(3) === 0 ? 0 : 1 + random.below(3);
  // Conditions depend on the widths of the call's arguments, so that a rule with conditions has one name.
  const more = conditions > 0 ? 0 : random.below(30);
  return {
    names: [first.name, ...Array.from({length: more}, () => random.pick(all).name)],
    action: random.pick(actions),
    ...(random.below(2) === 0 ? {} : {errnoRet: random.below(200)}),
    args: Array.from({length: conditions}, () => randomArgument(random, first.letters)),
    ...(random.below(6) === 0 ? {includes: {caps: ['CAP_SYS_ADMIN']}} : {}),
    ...(random.below(6) === 0 ? {excludes: {caps: ['CAP_SYS_PTRACE']}} : {}),
    ...(random.below(6) === 0 ? {includes: {arches: ['amd64'], minKernel: random.pick(['4.8', '6.1'])}} : {}),
  };
}

/** Creates a profile. Some calls have many rules, so that jumps have to reach far. */
export function randomProfile(random: Random, table: Table): SeccompProfile {
  const rules = Array.from({length: 1 + random.below(60)}, () => randomRule(random, table));
  return {
    defaultAction: random.pick(actions),
    defaultErrnoRet: random.below(100),
    syscalls: rules.flatMap(rule => {
      if (rule.args?.length === 0 || random.below(4) > 0) return [rule];
      const letters = [...table.numbers.values()].find(({name}) => name === rule.names![0])!.letters;
      return Array.from({length: 1 + random.below(20)}, () => ({
        ...rule,
        action: random.pick(actions),
        args: [randomArgument(random, letters)],
      }));
    }),
  };
}

/** Arguments at the edges of the profile's comparisons of a call, and others. */
export function randomArguments(random: Random, profile: SeccompProfile, name: string): bigint[] {
  const values = rulesFor(profile, name)
    .flatMap(({args}) => args ?? [])
    .flatMap(({value, valueTwo}) => [BigInt(value), BigInt(valueTwo ?? 0)]);
  const near = values.flatMap(value => [
    value - 1n,
    value,
    value,
    value + 1n,
    value + (1n << 32n),
    value + (1n << 16n),
  ]);
  const pool = [...edges, ...wideEdges, ...near, ...near];
  return Array.from({length: 6}, () => BigInt.asUintN(64, random.pick(pool)));
}
