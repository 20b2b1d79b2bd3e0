// Only own properties are options. Properties of Object.prototype are not.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {
  type CloseOptions,
  createSandbox,
  type ForkOptions,
  type IdMapping,
  type InitOptions,
  type ListNamespacesOptions,
  type ListProcessesOptions,
  type OpenOptions,
  type PtyOptions,
  type ResourceLimit,
  type RunOptions,
  runInNamespace,
  type SeccompArgument,
  type SeccompCircumstances,
  type SeccompProfile,
  type SeccompRule,
  type SeccompScope,
  type ShutdownOptions,
  type SpawnOptions,
  spawnInNamespace,
  type TimeOffset,
  type TimeOffsets,
  type TranslatorOptions,
} from 'namespawn';
import type {CloneOptions, Credentials} from 'namespawn/sys';
import {command, setup} from '../../dist/features/order.js';
import type {CommandFeatureOptions, SetupFeatureOptions} from '../../dist/start/options/spawn-options.js';
import {startFixture} from '../helpers/fixtures.js';
import {nodeNames, ownNames} from './names.js';

type All = Required<
  SpawnOptions &
    RunOptions &
    ForkOptions &
    InitOptions &
    PtyOptions &
    CloseOptions &
    ShutdownOptions &
    OpenOptions &
    ListNamespacesOptions &
    ListProcessesOptions &
    TranslatorOptions &
    CloneOptions &
    Credentials &
    IdMapping &
    TimeOffsets &
    SeccompProfile &
    SeccompRule &
    // A property of this name in Object.prototype would break the definition of properties, so nobody can put one there.
    Omit<SeccompArgument, 'value'> &
    SeccompScope &
    SeccompCircumstances &
    Exclude<TimeOffset, number> &
    Exclude<ResourceLimit, number>
>;

type OfFeatures = keyof (SetupFeatureOptions & CommandFeatureOptions);

const ofFeatures = [...setup, ...command].flatMap(({examples}) => Object.keys(examples));

// The names that belong to no feature. The compiler reports a name that is missing here.
const known: Record<Exclude<keyof All, number | symbol | OfFeatures>, true> = {
  action: true,
  all: true,
  archMap: true,
  arches: true,
  architecture: true,
  architectures: true,
  args: true,
  argv0: true,
  boottime: true,
  caps: true,
  cgroup: true,
  collect: true,
  cols: true,
  columns: true,
  comment: true,
  containerId: true,
  defaultAction: true,
  defaultErrno: true,
  defaultErrnoRet: true,
  descriptors: true,
  encoding: true,
  env: true,
  errno: true,
  errnoRet: true,
  excludes: true,
  execArgv: true,
  execPath: true,
  exitSignal: true,
  flags: true,
  forceKillAfterDelay: true,
  forwardSignals: true,
  forwardTo: true,
  from: true,
  graceMs: true,
  hard: true,
  hostId: true,
  identity: true,
  ignoredOptions: true,
  includes: true,
  index: true,
  input: true,
  kernel: true,
  killSignal: true,
  listenerMetadata: true,
  listenerPath: true,
  maxBuffer: true,
  maxMessageSize: true,
  onSyscall: true,
  onSyscallTimeout: true,
  reportForbidden: true,
  method: true,
  minKernel: true,
  monotonic: true,
  name: true,
  names: true,
  nanosecs: true,
  op: true,
  path: true,
  pid: true,
  proc: true,
  reject: true,
  rows: true,
  scope: true,
  secs: true,
  serialization: true,
  setTid: true,
  settingsOf: true,
  shell: true,
  signal: true,
  silent: true,
  size: true,
  soft: true,
  syscalls: true,
  threads: true,
  timeout: true,
  to: true,
  types: true,
  valueTwo: true,
  waitForAll: true,
  windowsHide: true,
  windowsVerbatimArguments: true,
};

test('all names of options are found', () => {
  const found = ownNames();
  for (const name of [...Object.keys(known), ...ofFeatures]) assert.ok(found.includes(name), name);
  const ofNode = nodeNames();
  for (const name of ['allowHalfOpen', 'handle', 'onread', 'triggerAsyncId', 'crlfDelay', 'throwIfNoEntry', 'bigint'])
    assert.ok(ofNode.includes(name), name);
});

test('no function reads an option from Object.prototype, or makes Node read one', async () => {
  const fixture = startFixture('polluted');
  const exit = once(fixture.process, 'exit');
  const {names, missing, found} = await fixture.next<{names: number; missing: string[]; found: string[]}>();
  assert.ok(names > 500);
  assert.deepEqual(missing, [], 'functions that are not called');
  // child_process reads these of objects that it has made itself, in every spawn, so also when newuidmap and newgidmap are run.
  const ofChildProcess = /^spawnInNamespace: (socket|ipc) at writeMap .* by at ChildProcess\.spawn \(node:internal/;
  assert.deepEqual(
    found.filter(place => !ofChildProcess.test(place)),
    [],
  );
  assert.deepEqual(await exit, [0, null]);
});

/** Calls a function while every object inherits a property. */
async function polluted<T>(name: string, value: unknown, use: () => T): Promise<Awaited<T>> {
  Object.defineProperty(Object.prototype, name, {value, configurable: true, enumerable: true, writable: true});
  try {
    return await use();
  } finally {
    Reflect.deleteProperty(Object.prototype, name);
  }
}

test('a polluted shell, namespace, user or stream changes nothing', async () => {
  const echo = async (): Promise<string> =>
    (await runInNamespace('echo', ['$HOME'], {namespaces: ['pid', 'mnt']})).stdout;
  for (const [name, value] of Object.entries({
    shell: true,
    uid: 1,
    pty: true,
    hostname: 'evil',
    fd: 0,
    handle: {},
    onread: {buffer: Buffer.alloc(10), callback: () => true},
    highWaterMark: -1,
    allowHalfOpen: true,
    terminal: 0,
    parent: {fd: 1},
  }))
    assert.equal(await polluted(name, value, echo), '$HOME\n', name);
});

test('a property that an object inherits from another one is no option either, as in child_process', async () => {
  const {stdout} = await runInNamespace('echo', ['$HOME'], Object.create({shell: true}) as RunOptions);
  assert.equal(stdout, '$HOME\n');
  const sandbox = await createSandbox(Object.create({hostname: 5}) as object);
  await sandbox.close(Object.create({graceMs: -1}) as object);
});

test('a stream and a process may inherit their descriptor and PID from their class', async () => {
  class Output {
    get fd(): number {
      return 1;
    }
  }
  const child = spawnInNamespace('true', [], {stdio: ['ignore', new Output() as never, 'ignore']});
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('names that every object inherits are refused as resources', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    const rlimits = JSON.parse(`{"${name}": 5}`) as object;
    assert.throws(() => spawnInNamespace('true', {rlimits}), {code: 'ERR_INVALID_ARG_VALUE'});
  }
});
