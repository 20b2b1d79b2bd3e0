// The options `capabilities`, `boundingCapabilities` and `noNewPrivileges`: what /proc/self/status shows inside.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {
  type CapabilityName,
  createSandbox,
  type NamespaceError,
  runInNamespace,
  type Sandbox,
  type SpawnOptions,
} from 'namespawn';
import {isRoot, needsRoot, needsUser} from '../helpers/requirements.js';

/** The number of each capability that the tests use. */
const numbers = {CHOWN: 0n, KILL: 5n, NET_BIND_SERVICE: 10n, NET_RAW: 13n, SYS_ADMIN: 21n};
type Tested = keyof typeof numbers;

/** The bounding set of a new user namespace. */
const every = (1n << BigInt(Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')) + 1)) - 1n;
/** That of this process. */
const own = BigInt(`0x${/^CapBnd:\t(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`);
const bitsOf = (names: readonly Tested[]): bigint => names.reduce((bits, name) => bits | (1n << numbers[name]), 0n);

const failureOf = (options: SpawnOptions): Promise<NamespaceError> =>
  runInNamespace('true', [], options).then(
    () => assert.fail('it is to be refused'),
    error => error,
  );

interface Sets {
  permitted: bigint;
  effective: bigint;
  inheritable: bigint;
  ambient: bigint;
  bounding: bigint;
}

async function setsOf(options: SpawnOptions): Promise<Sets> {
  const {stdout} = await runInNamespace('cat', ['/proc/self/status'], options);
  const set = (name: string): bigint => BigInt(`0x${new RegExp(`^Cap${name}:\\t(\\w+)$`, 'm').exec(stdout)![1]}`);
  return {
    permitted: set('Prm'),
    effective: set('Eff'),
    inheritable: set('Inh'),
    ambient: set('Amb'),
    bounding: set('Bnd'),
  };
}

const exactly = (bits: bigint, bounding: bigint): Sets => ({
  permitted: bits,
  effective: bits,
  inheritable: bits,
  ambient: bits,
  bounding,
});

// Who the command is: user 0, another user by a change of ids, and the caller itself.
const users: [string, SpawnOptions][] = [
  ["with uidMap: 'root'", {uidMap: 'root', namespaces: ['user', 'pid', 'mnt']}],
  ["with uidMap: 'identity'", {uidMap: 'identity', namespaces: ['user', 'pid', 'mnt']}],
];
if (isRoot) {
  users.push(
    ['as root', {}],
    ['as root with init: false', {init: false}],
    ['with another uid', {uid: 1000, gid: 1000}],
  );
  users.push([
    'with another uid in a user namespace',
    {
      uid: 1000,
      namespaces: ['user', 'pid', 'mnt'],
      uidMap: [{containerId: 0, hostId: 100_000, size: 65_536}],
    },
  ]);
}

const isInUserNamespace = ({uidMap}: SpawnOptions): boolean => uidMap !== undefined;

describe('capabilities are exactly those of the option', () => {
  for (const [who, options] of users) {
    for (const noNewPrivileges of [false, true]) {
      test(`${who}, noNewPrivileges: ${noNewPrivileges}`, async () => {
        for (const names of [[], ['NET_RAW'], ['CHOWN', 'NET_BIND_SERVICE', 'SYS_ADMIN']] as Tested[][]) {
          const given =
            names.length === 0
              ? 'none'
              : names.map((name, index): CapabilityName => (index % 2 ? `CAP_${name}` : name));
          const sets = await setsOf({...options, noNewPrivileges, capabilities: given});
          const all = isInUserNamespace(options) ? every : own;
          assert.deepEqual(sets, exactly(bitsOf(names), noNewPrivileges ? all : bitsOf(names)));
        }
      });
    }

    test(`${who}, 'all'`, async () => {
      const all = isInUserNamespace(options) ? every : own;
      assert.deepEqual(await setsOf({...options, capabilities: 'all'}), exactly(all, all));
    });

    test(`${who}, with a larger bounding set`, async () => {
      const options_: SpawnOptions = {...options, capabilities: ['KILL'], boundingCapabilities: ['KILL', 'CHOWN']};
      // Without noNewPrivileges user 0 gets its bounding set at the exec.
      const expected = bitsOf(['KILL']);
      assert.deepEqual(
        await setsOf({...options_, noNewPrivileges: true}),
        exactly(expected, bitsOf(['KILL', 'CHOWN'])),
      );
    });
  }
});

test('each command of a sandbox has its own', async () => {
  await using sandbox = await createSandbox({uidMap: 'root'});
  const look = async (options: SpawnOptions): Promise<string> =>
    (await sandbox.run('grep', ['CapPrm', '/proc/self/status'], options)).stdout;
  assert.match(await look({capabilities: ['KILL']}), /\t0+20$/m);
  assert.equal(await look({}), `CapPrm:\t${every.toString(16).padStart(16, '0')}\n`);
  assert.match(await look({capabilities: 'none'}), /\t0+$/m);
});

test('nsinit cannot be inspected by a command with capabilities, whoever it is', async () => {
  const namespaces = ['user', 'pid', 'mnt'] as const;
  const script =
    'for file in exe cwd fd/0 ns/pid; do readlink /proc/1/$file; done; head -c1 /proc/1/mem; cat /proc/1/environ; id -u';
  const {stdout} = await runInNamespace('sh', ['-c', script], {namespaces, capabilities: 'all', reject: false});
  assert.equal(stdout, `${process.geteuid!()}\n`);

  await using sandbox = await createSandbox({namespaces, defaults: {capabilities: 'all'}});
  const inSandbox = await sandbox.run('sh', ['-c', script], {reject: false});
  assert.equal(inSandbox.stdout, `${process.geteuid!()}\n`);
  assert.match((await sandbox.run('grep', ['CapAmb', '/proc/self/status'])).stdout, /\t0*[1-9a-f]/);
});

test('a command of a sandbox whose nsinit is not protected may not have capabilities', async () => {
  const uidMap = [{containerId: 1, hostId: isRoot ? 100_000 : process.geteuid!(), size: 1}];
  await using sandbox = await createSandbox({uidMap});
  assert.throws(() => sandbox.spawn('true', {capabilities: ['KILL']}), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /defaults/,
  });
  assert.equal((await sandbox.run('echo', ['text'], {capabilities: 'none'})).stdout, 'text\n');
});

test('a capability that does not exist, or that is beyond the bounding set, is refused', () => {
  const run = (options: SpawnOptions) => () => runInNamespace('true', [], options);
  assert.throws(run({capabilities: ['NET_ADMN' as CapabilityName]}), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /nearest is 'CAP_NET_ADMIN'/,
  });
  assert.throws(run({capabilities: 'everything' as 'all'}), {code: 'ERR_INVALID_ARG_TYPE'});
  assert.throws(run({capabilities: ['KILL'], boundingCapabilities: 'none'}), {code: 'ERR_INVALID_ARG_VALUE'});
});

test('a capability that the caller lacks is an error', {skip: needsUser()}, async () => {
  const error = await failureOf({namespaces: [], capabilities: ['KILL'], noNewPrivileges: true});
  assert.deepEqual([error.code, error.step], ['EPERM', 'capabilities']);
  assert.match(error.hint!, /lacks/);
});

test('without CAP_SETPCAP fewer capabilities need noNewPrivileges', {skip: needsUser()}, async () => {
  const error = await failureOf({namespaces: [], capabilities: 'none'});
  assert.deepEqual([error.code, error.step], ['EPERM', 'boundingCapabilities']);
  assert.match(error.hint!, /noNewPrivileges/);
  const sets = await setsOf({namespaces: [], capabilities: 'none', noNewPrivileges: true});
  assert.deepEqual({...sets, bounding: 0n}, exactly(0n, 0n));
});

describe('a set-user-ID program', {skip: needsRoot()}, () => {
  /** A sandbox with a program that is set-user-ID root. The folders outside may be mounted nosuid. */
  const withProgram = async (program: string): Promise<{sandbox: Sandbox; copy: string}> => {
    const sandbox = await createSandbox({mounts: [{type: 'tmpfs', destination: '/mnt', nosuid: false, mode: 0o755}]});
    await sandbox.run('sh', ['-c', `cp "$(command -v ${program})" /mnt/program; chmod 4755 /mnt/program`]);
    return {sandbox, copy: '/mnt/program'};
  };

  test('makes the command another user, but not with noNewPrivileges, whatever the capabilities are', async () => {
    const {sandbox, copy} = await withProgram('id');
    const idWith = async (options: SpawnOptions): Promise<string> =>
      (await sandbox.run(copy, ['-u'], {uid: 1000, gid: 1000, ...options})).stdout.trim();
    assert.equal(await idWith({}), '0');
    for (const capabilities of ['all', 'none', undefined] as const) {
      assert.equal(await idWith({noNewPrivileges: true, capabilities}), '1000');
    }
    await sandbox.close();
  });

  test('gives no capability beyond those of the option', async () => {
    const {sandbox, copy} = await withProgram('cat');
    const permitted = async (options: SpawnOptions): Promise<bigint> => {
      const {stdout} = await sandbox.run(copy, ['/proc/self/status'], {uid: 1000, gid: 1000, ...options});
      return BigInt(`0x${/^CapPrm:\t(\w+)$/m.exec(stdout)![1]}`);
    };
    assert.equal(await permitted({capabilities: ['KILL']}), bitsOf(['KILL']));
    assert.equal(await permitted({}), own);
    await sandbox.close();
  });
});
