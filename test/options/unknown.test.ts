// Options that nobody knows are refused, with the name that was probably meant: a typing mistake would mean less isolation.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {after, before, describe, test} from 'node:test';
import * as namespawn from 'namespawn';
import {
  createSandbox,
  forkInNamespace,
  namespaceIds,
  namespaceLimits,
  namespacesOf,
  namespaceTree,
  openNamespace,
  PidTranslator,
  processIdentity,
  runInNamespace,
  type Sandbox,
  spawnInNamespace,
} from 'namespawn';
import * as sys from 'namespawn/sys';
import {command, setup} from '../../dist/features/order.js';
import {nearest} from '../../dist/shared/known-options.js';

type Call = (options: object) => unknown;

/** Calls with options that the types refuse. */
const given =
  (call: (options: never) => unknown): Call =>
  options =>
    call(options as never);

let sandbox: Sandbox;
before(async () => {
  sandbox = await createSandbox();
});
after(() => sandbox.close());

const script = new URL('../ipc/fixtures/silent.js', import.meta.url);

const ofCommands: Record<string, Call> = {
  spawnInNamespace: given(options => spawnInNamespace('true', options)),
  'spawnInNamespace with arguments': given(options => spawnInNamespace('true', [], options)),
  runInNamespace: given(options => runInNamespace('true', options)),
  forkInNamespace: given(options => forkInNamespace(script, options)),
  'sandbox.spawn': given(options => sandbox.spawn('true', options)),
  'sandbox.run': given(options => sandbox.run('true', options)),
  'sandbox.fork': given(options => sandbox.fork(script, options)),
};

const handle = (): namespawn.NamespaceHandle => openNamespace(process.pid, 'pid');

const others: Record<string, Call> = {
  createSandbox: given(options => createSandbox(options)),
  'init: {}': given(init => spawnInNamespace('true', {init})),
  'init: {} of a sandbox': given(init => createSandbox({init})),
  'join: {}': given(join => spawnInNamespace('true', {join})),
  'pty: {}': given(pty => spawnInNamespace('true', {pty})),
  'defaults: {}': given(defaults => createSandbox({defaults})),
  'a mapping': given(mapping =>
    spawnInNamespace('true', {uidMap: [{containerId: 0, hostId: 0, size: 1, ...(mapping as object)}]}),
  ),
  'an offset': given(offset =>
    spawnInNamespace('true', {namespaces: ['time'], timeOffsets: {boottime: {secs: 1, ...(offset as object)}}}),
  ),
  'a limit': given(limit => spawnInNamespace('true', {rlimits: {nofile: {soft: 1, hard: 1, ...(limit as object)}}})),
  'sandbox.close': given(options => sandbox.close(options)),
  shutdown: given(async options => {
    await using child = spawnInNamespace('sleep', ['60']);
    await child.shutdown(options);
  }),
  openNamespace: given(options => openNamespace(process.pid, 'net', options)),
  namespacesOf: given(options => namespacesOf(process.pid, ['net'], options)),
  namespaceIds: given(options => namespaceIds(process.pid, options)),
  namespaceLimits: given(options => namespaceLimits(process.pid, options)),
  processIdentity: given(options => processIdentity(process.pid, options)),
  listNamespaces: given(options => namespawn.listNamespaces(options)),
  listProcesses: given(options => namespawn.listProcesses(undefined, options)),
  namespaceTree: given(options => namespaceTree(options)),
  getNamespacePids: given(options => namespawn.getNamespacePids(1, options)),
  toNamespacePid: given(options => {
    using target = handle();
    namespawn.toNamespacePid(1, target, options);
  }),
  toHostPid: given(options => {
    using target = handle();
    namespawn.toHostPid(1, target, options);
  }),
  translatePid: given(options => namespawn.translatePid(1, options)),
  PidTranslator: given(options => new PidTranslator(options)),
  ...Object.fromEntries(
    [{port: 1}, {path: '\0x'}, {type: 'udp4', port: 1}].flatMap(where => {
      const net = `/proc/${process.pid}/ns/net`;
      return [
        [
          `listenIn ${JSON.stringify(where)}`,
          (options: object) => namespawn.listenIn(net, {...where, ...options} as never),
        ],
        [
          `connectIn ${JSON.stringify(where)}`,
          (options: object) => namespawn.connectIn(net, {...where, ...options} as never),
        ],
      ];
    }),
  ),
  createNamespaces: given(options => namespawn.createNamespaces(['uts'], options)),
  'netns.add': given(options => namespawn.netns.add('x', options)),
  'netns.exec': given(options => namespawn.netns.exec('x', 'true', [], options)),
  'netns.listIds': given(options => namespawn.netns.listIds(options)),
  'netns.monitor': given(async options => {
    for await (const _ of namespawn.netns.monitor(options)) break;
  }),
  'sys.clone': given(options => sys.clone({path: '/bin/true', ...(options as object)})),
  'sys.sendCredentials': given(options => sys.sendCredentials(0, options)),
};

const unknown = {code: 'ERR_INVALID_ARG_VALUE', message: /zzzzz' is unknown/};

describe('an unknown option is refused', () => {
  for (const [name, call] of Object.entries({...ofCommands, ...others})) {
    test(name, async () => {
      await assert.rejects(async () => call({zzzzz: 1}), unknown);
    });
  }
});

describe('one that is undefined or null is no option', () => {
  for (const name of ['spawnInNamespace', 'sandbox.spawn', 'runInNamespace', 'sandbox.run'] as const) {
    test(name, async () => {
      const started = ofCommands[name]!({zzzzz: undefined, yyyyy: null});
      await (started instanceof namespawn.NamespacedProcess ? once(started, 'close') : started);
    });
  }
});

describe('the nearest name', () => {
  for (const [call, options, name] of [
    [ofCommands.spawnInNamespace!, {namespace: ['net']}, 'namespaces'],
    [ofCommands.spawnInNamespace!, {uidmap: 'root'}, 'uidMap'],
    [ofCommands.runInNamespace!, {maxbuffer: 1}, 'maxBuffer'],
    [ofCommands.forkInNamespace!, {execpath: 'x'}, 'execPath'],
    [ofCommands['sandbox.run']!, {rlimit: {}}, 'rlimits'],
    [others['init: {}']!, {waitforall: true}, 'waitForAll'],
    [others['listenIn {"port":1}']!, {ipv6only: true}, 'ipv6Only'],
    [others['pty: {}']!, {columns: 100}, 'cols'],
    [others.createSandbox!, {hostName: 'x'}, 'hostname'],
    [others.shutdown!, {grace: 1}, 'graceMs'],
    [others['sandbox.close']!, {gracems: 1}, 'graceMs'],
  ] as const) {
    test(`${Object.keys(options)[0]} -> ${name}`, async () => {
      const message = new RegExp(`the nearest option is '${name}'`);
      await assert.rejects(async () => call(options), {code: 'ERR_INVALID_ARG_VALUE', message});
    });
  }

  test('of a namespace, a limit and a clock', () => {
    const spawn = given(options => spawnInNamespace('true', options));
    assert.throws(() => spawn({namespaces: ['nett']}), {message: /\(the nearest is 'net'\)/});
    assert.throws(() => spawn({namespaces: {mount: 'new'}}), {message: /must be one of .*mnt/});
    assert.throws(() => spawn({rlimits: {nofiles: 1}}), {message: /\(the nearest is 'nofile'\)/});
    assert.throws(() => spawn({namespaces: ['time'], timeOffsets: {bootime: 1}}), {
      message: /\(the nearest is 'boottime'\)/,
    });
  });

  test('is none where nothing is near', async () => {
    assert.equal(nearest('memory', ['env', 'cwd', 'namespaces']), undefined);
    await assert.rejects(async () => others.createSandbox!({memory: 1}), {message: /'options.memory' is unknown\. R/});
  });
});

describe('an option of another function is refused, with the function that has it', () => {
  for (const [call, options, message] of [
    [ofCommands.spawnInNamespace!, {input: 'x'}, /belongs to runInNamespace\(\)/],
    [ofCommands.spawnInNamespace!, {maxBuffer: 1}, /belongs to runInNamespace\(\)/],
    [ofCommands.spawnInNamespace!, {defaults: {}}, /belongs to createSandbox\(\)/],
    [ofCommands.runInNamespace!, {execPath: 'x'}, /belongs to forkInNamespace\(\)/],
    [ofCommands['sandbox.spawn']!, {namespaces: ['net']}, /belongs to createSandbox\(\)/],
    [ofCommands['sandbox.run']!, {hostname: 'x'}, /belongs to createSandbox\(\)/],
    [ofCommands['sandbox.fork']!, {uidMap: 'root'}, /belongs to createSandbox\(\)/],
    [others.createSandbox!, {namespacePid: 5}, /belongs to spawn\(\), run\(\) and fork\(\) of the sandbox/],
    [others.createSandbox!, {maxBuffer: 5}, /belongs to spawn\(\), run\(\) and fork\(\) of the sandbox/],
    [others['defaults: {}']!, {namespacePid: 5}, /belongs to a single command/],
    ...['rlimits', 'cwd', 'env', 'uid', 'timeout', 'pty', 'stdio', 'detached'].map(
      name => [others.createSandbox!, {[name]: 1}, /give it in `defaults`/] as const,
    ),
  ] as const) {
    test(Object.keys(options)[0]!, async () => {
      await assert.rejects(async () => call(options), {code: 'ERR_INVALID_ARG_VALUE', message});
    });
  }
});

test('every option of the features is known', async () => {
  for (const name of [...setup, ...command].flatMap(({examples}) => Object.keys(examples))) {
    const call = async (): Promise<unknown> => ofCommands.spawnInNamespace!({[name]: Symbol('wrong')});
    await assert.rejects(call, error => !/is unknown/.test((error as Error).message), name);
  }
});

describe('of child_process', () => {
  const spawn = ofCommands.spawnInNamespace!;
  test('what has no effect here or there is known', async () => {
    const options = {windowsHide: true, windowsVerbatimArguments: true, encoding: 'utf8', serialization: 'json'};
    await once(spawn(options) as namespawn.NamespacedProcess, 'close');
  });

  test('what a newer one has, or what a library adds, passes by name', async () => {
    const options = {ignoredOptions: ['preferLocal', 'maxBuffer'], preferLocal: true, maxBuffer: 1};
    for (const name of ['spawnInNamespace', 'sandbox.spawn', 'sandbox.fork', 'forkInNamespace'] as const) {
      const child = ofCommands[name]!(options) as namespawn.NamespacedProcess;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    const both = {...options, newest: 1};
    assert.throws(() => spawn(both), {
      code: 'ERR_INVALID_ARG_VALUE',
      message: /'options.newest' is unknown\. Name it in/,
    });
    assert.throws(() => spawn({ignoredOptions: 'newest', newest: 1}), {code: 'ERR_INVALID_ARG_TYPE'});
  });

  test('a known option that is named is not ignored', () => {
    assert.throws(() => spawn({ignoredOptions: ['uid'], uid: -1}), {code: 'ERR_OUT_OF_RANGE'});
  });
});
