// Compiled programs, compared with a plain reading of their profiles.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {compileSeccomp, type SeccompProfile} from 'namespawn';
import {interpret} from '../helpers/cbpf.js';
import {kernel, readPlainly, rulesFor, type Table, tables} from '../helpers/plain-profile.js';
import {randomOf} from '../helpers/random.js';
import {profiles, randomArguments, randomProfile} from '../helpers/seccomp-profiles.js';

const permissions = [[], ['CAP_SYS_ADMIN'], ['CAP_SYS_PTRACE', 'CAP_SYS_CHROOT', 'CAP_AUDIT_WRITE']];

/** Compares one call, and returns the value of the program. */
function compare(
  program: Buffer,
  profile: SeccompProfile,
  call: {number: number; args: readonly bigint[]},
  table: Table,
  capabilities: readonly string[],
): number {
  const value = interpret(program, {...call, architecture: table.audit});
  const expected = readPlainly(profile, call, table, capabilities);
  if (value !== expected) {
    assert.equal(value.toString(16), expected.toString(16), `${table.name} ${call.number}(${call.args.join(', ')})`);
  }
  return value;
}

for (const [name, profile] of Object.entries(profiles)) {
  test(`every number of a call, with the profile of ${name}`, () => {
    const random = randomOf(7);
    for (const table of tables) {
      for (const capabilities of permissions) {
        const program = compileSeccomp(profile, {architecture: table.name, capabilities, kernel});
        const seen = new Set<number>();
        for (let number = 0; number < 600; number++) {
          const call = table.numbers.get(number)?.name ?? '';
          const hasConditions = rulesFor(profile, call).some(({args}) => args?.length);
          for (let i = 0; i < (hasConditions ? 32 : 1); i++) {
            const args = randomArguments(random, profile, call);
            seen.add(compare(program, profile, {number, args}, table, capabilities));
          }
        }
        // The comparison is worth nothing if all calls are treated alike.
        assert.ok(seen.size > 1);
      }
    }
  });
}

test('random profiles, in 60,000 cases', () => {
  const random = randomOf(2);
  const seen = new Map<number, number>();
  for (let round = 0; round < 300; round++) {
    const table = tables[round % 2]!;
    const capabilities = random.pick(permissions);
    const profile = randomProfile(random, table);
    const program = compileSeccomp(profile, {architecture: table.name, capabilities, kernel});
    const named = profile.syscalls!.flatMap(({names}) => names!);
    const numbers = [...table.numbers].filter(([, {name}]) => named.includes(name)).map(([number]) => number);
    for (let i = 0; i < 200; i++) {
      const number = random.below(4) > 0 ? random.pick(numbers) : random.below(500);
      const args = randomArguments(random, profile, table.numbers.get(number)?.name ?? '');
      const value = compare(program, profile, {number, args}, table, capabilities);
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
  }
  // Every action occurs often, and so do many errnos.
  for (const action of [0x80000000, 0, 0x30000, 0x7ffc0000, 0x7fff0000]) assert.ok((seen.get(action) ?? 0) > 1000);
  assert.ok(seen.size > 50);
});

describe('calls of other architectures', () => {
  const everything: SeccompProfile = {defaultAction: 'SCMP_ACT_ALLOW'};
  const args = [0n, 0n, 0n, 0n, 0n, 0n];

  test('end the process, whatever the profile allows', () => {
    for (const {name, audit} of tables) {
      const program = compileSeccomp(everything, {architecture: name});
      assert.equal(interpret(program, {number: 0, architecture: audit, args}), 0x7fff0000);
      // i386, arm, and the other one of ours
      for (const architecture of [0x40000003, 0x40000028, 0xc000003e, 0xc00000b7]) {
        if (architecture === audit) continue;
        assert.equal(interpret(program, {number: 0, architecture, args}), 0x80000000);
      }
    }
  });

  test('of x32 fail with ENOSYS', () => {
    const program = compileSeccomp(everything, {architecture: 'x64'});
    for (const number of [0x40000000, 0x40000000 + 59, 0x7fffffff, 0xffffffff]) {
      assert.equal(interpret(program, {number, architecture: 0xc000003e, args}), 0x50026);
    }
    assert.equal(interpret(program, {number: 0x3fffffff, architecture: 0xc000003e, args}), 0x7fff0000);
  });
});

test('the programs of known profiles are short', () => {
  for (const [name, profile] of Object.entries(profiles)) {
    const count = compileSeccomp(profile, {architecture: 'x64'}).length / 8;
    assert.ok(count < 150, `${name}: ${count}`);
  }
});

test('a profile that needs more than 4096 instructions is refused', () => {
  const rule = (value: number) => ({
    names: ['read'],
    action: 'SCMP_ACT_ALLOW' as const,
    args: [{index: 1, value, op: 'SCMP_CMP_EQ' as const}],
  });
  const profile = (count: number): SeccompProfile => ({
    defaultAction: 'SCMP_ACT_ERRNO',
    syscalls: Array.from({length: count}, (_, value) => rule(value)),
  });
  const program = compileSeccomp(profile(900));
  assert.ok(program.length / 8 > 3000);
  const architecture = process.arch === 'x64' ? tables[0]! : tables[1]!;
  const number = [...architecture.numbers].find(([, {name}]) => name === 'read')![0];
  for (const value of [0, 450, 899, 900]) {
    const args = [0n, BigInt(value), 0n, 0n, 0n, 0n];
    const expected = value < 900 ? 0x7fff0000 : 0x50001;
    assert.equal(interpret(program, {number, architecture: architecture.audit, args}), expected);
  }
  assert.throws(() => compileSeccomp(profile(2000)), {code: 'ERR_INVALID_ARG_VALUE', message: /at most 4096/});
});
