// Each option of each feature takes effect by itself, and does not affect the next command.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, readlinkSync, statSync} from 'node:fs';
import {describe, test} from 'node:test';
import {setTimeout as delay} from 'node:timers/promises';
import {
  type CloseOptions,
  createSandbox,
  type NamespacedProcess,
  type RunOptions,
  runInNamespace,
  type SandboxOptions,
  type ShutdownOptions,
  type SpawnOptions,
  spawnInNamespace,
} from 'namespawn';
import {command, setup} from '../../dist/features/order.js';
import type {CommandFeatureOptions, SetupFeatureOptions} from '../../dist/start/options/spawn-options.js';
import {eventually} from '../helpers/eventually.js';
import {startFixture} from '../helpers/fixtures.js';
import {kernelLacks} from '../helpers/kernel.js';
import {findProcesses, isThere, uniqueDuration} from '../helpers/processes.js';
import {testProgram} from '../helpers/programs.js';
import {needsRoot, type Requirement} from '../helpers/requirements.js';

type Spawn = (file: string, args: string[], options: SpawnOptions) => NamespacedProcess;

/** How a test sees that an option has taken effect. */
interface Sight {
  /** A script for the command, or a function that looks from outside. */
  look: string | ((spawn: Spawn, options: SpawnOptions) => Promise<string>);
  /** Matches what is seen with the example, and does not match without it. */
  sees: RegExp | ((seen: string) => boolean);
  skip?: Requirement;
  /** The sandbox of a command with the option. Default: one without options. */
  sandbox?: SandboxOptions;
  /** The namespaces that it needs. Default: that which the feature names. */
  base?: SpawnOptions;
}

const uidMap = 'tr -s " " </proc/self/uid_map';
const gidMap = 'tr -s " " </proc/self/gid_map';

// The compiler reports an option that is missing here.
const sights: Record<keyof (SetupFeatureOptions & CommandFeatureOptions), Sight> = {
  boundingCapabilities: {look: 'grep CapBnd: /proc/self/status', sees: /\t0000000000002001$/},
  capabilities: {look: 'grep CapPrm: /proc/self/status', sees: /\t0000000000002000$/, sandbox: {uidMap: 'root'}},
  coreDumps: {look: 'prlimit --core --noheadings --output SOFT --raw', sees: /^1$/},
  cpuAffinity: {look: 'grep Cpus_allowed_list: /proc/self/status', sees: /\t0$/},
  cwd: {look: 'pwd', sees: /^\/$/},
  detached: {look: sessionOfInit, sees: /^own$/},
  dieWithParent: {look: survival, sees: /^there$/},
  disableUserNamespaces: {look: 'unshare --user true 2>&1', sees: /No space left on device/},
  domainname: {look: 'cat /proc/sys/kernel/domainname', sees: /^inside$/},
  // The session of the caller is not visible inside.
  foreground: {look: "sed 's/.*) //' /proc/self/stat | cut -d' ' -f3,4", sees: /^[1-9]\d* 0$/},
  gid: {look: 'id -g', sees: /^1$/, skip: needsRoot()},
  gidMap: {look: gidMap, sees: new RegExp(`^0 ${process.getegid!()} 1$`)},
  groups: {look: 'id -G', sees: /\b1 2$/, skip: needsRoot()},
  hostname: {look: 'cat /proc/sys/kernel/hostname', sees: /^inside$/},
  init: {look: 'echo $$', sees: /^1$/},
  ioPriority: {look: 'ionice', sees: /^idle/},
  join: {look: directoryOfTarget, sees: /^\/usr$/},
  keyring: {look: keyringOfCommand, sees: /^own$/},
  loopback: {look: 'grep -q 127.0.0.1 /proc/net/fib_trie || echo down', sees: /^down$/},
  landlock: {look: '(: >/dev/null) 2>&- || echo refused', sees: /^refused$/, skip: kernelLacks('Landlock')},
  // If /proc belongs to another PID namespace, a process sees its PIDs in both.
  mountProc: {look: 'grep NSpid: /proc/self/status', sees: /^NSpid:\t\d+\t\d+/},
  mounts: {look: 'wc -c </etc/passwd', sees: /^0$/},
  mountSys: {look: deviceOfSys, sees: seen => seen === String(statSync('/sys').dev)},
  namespacePid: {look: 'echo $$', sees: /^300$/},
  namespaces: {look: 'readlink /proc/self/ns/ipc', sees: seen => seen !== readlinkSync('/proc/self/ns/ipc')},
  newSession: {look: "sed 's/.*) //' /proc/self/stat | cut -d' ' -f4", sees: /^0$/},
  nice: {look: 'nice', sees: /^7$/},
  noNewPrivileges: {look: 'grep NoNewPrivs: /proc/self/status', sees: /\t1$/},
  oomScoreAdj: {look: 'cat /proc/self/oom_score_adj', sees: /^900$/},
  parentDeathSignal: {look: `exec ${testProgram('death-signal')}`, sees: /^10$/},
  personality: {look: 'cat /proc/self/personality', sees: /^00040000$/},
  // By default no mount is shared with another namespace.
  propagation: {look: 'grep -c " shared:" /proc/self/mountinfo', sees: /^[1-9]/},
  pty: {look: 'stty size 2>&1', sees: /^45 123$/},
  root: {look: 'awk \'$5 == "/" {print $6}\' /proc/self/mountinfo', sees: /^ro\b/},
  rlimits: {look: 'ulimit -n', sees: /^100$/},
  scheduler: {look: 'chrt -p 0', sees: /SCHED_BATCH/},
  seccomp: {look: 'grep Seccomp_filters /proc/self/status', sees: seen => seen !== ownFilters()},
  sysctls: {
    look: 'cat /proc/sys/net/ipv4/ip_default_ttl',
    sees: /^33$/,
    base: {namespaces: ['pid', 'mnt', 'net']},
  },
  // For an ordinary user setgroups is always denied.
  setgroups: {look: 'cat /proc/self/setgroups', sees: /^deny$/, skip: needsRoot()},
  stdio: {look: '[ -e /proc/$$/fd/3 ] && echo open', sees: /^open$/},
  timeOffsets: {look: 'cat /proc/self/timens_offsets', sees: /boottime +86400000 +0$/},
  uid: {look: 'id -u', sees: /^1$/, skip: needsRoot()},
  umask: {look: 'umask', sees: /^0?027$/},
  uidMap: {look: uidMap, sees: new RegExp(`^0 ${process.geteuid!()} 1$`)},
};

/** Options that neither a sandbox nor its commands have, because they concern the nsinit of one command. */
const notOfSandboxes: ReadonlySet<string> = new Set(['init', 'dieWithParent', 'detached', 'join']);

const sightOf = (option: string): Sight => sights[option as keyof typeof sights];

/** The line of this process's status. Its own filters, such as those of a container, apply to its commands as well. */
function ownFilters(): string | undefined {
  return /^Seccomp_filters.*/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[0];
}

async function look(spawn: Spawn, {look: how}: Sight, options: SpawnOptions): Promise<string> {
  if (typeof how !== 'string') return how(spawn, options);
  const child = spawn('sh', ['-c', how], options);
  let seen = '';
  (child.pty ?? child.stdout!).on('data', (data: Buffer) => {
    seen += data;
  });
  await once(child, 'close');
  return seen.trim();
}

async function sessionOfInit(spawn: Spawn, options: SpawnOptions): Promise<string> {
  const child = spawn('cat', [], options);
  await once(child, 'spawn');
  const [, , , session] = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ');
  child.kill('SIGKILL');
  await once(child, 'close');
  return Number(session) === child.pid ? 'own' : 'shared';
}

/** The /sys that a command in a new network namespace sees. A sandbox without one shows that of the host. */
async function deviceOfSys(spawn: Spawn, options: SpawnOptions): Promise<string> {
  const own: SpawnOptions = spawn === spawnInNamespace ? {namespaces: ['pid', 'mnt', 'net']} : {};
  return look(spawn, {look: 'stat -c %d /sys', sees: /./}, {...options, ...own});
}

/** Returns whether a command has another session keyring than this process, and not the default one of its user. */
async function keyringOfCommand(spawn: Spawn, options: SpawnOptions): Promise<string> {
  const [session, byDefault] = (await look(spawn, {look: testProgram('keyring'), sees: /./}, options)).split(' ');
  const [outside] = execFileSync(testProgram('keyring'), {encoding: 'utf8'}).split(' ');
  return session === outside || session === byDefault ? 'shared' : 'own';
}

/** Returns the working directory of a command that joins the namespaces of a process in /usr. */
async function directoryOfTarget(spawn: Spawn, options: SpawnOptions): Promise<string> {
  const target = spawn('sh', ['-c', 'cd /usr; exec sleep 1000'], {stdio: 'ignore'});
  await once(target, 'spawn');
  await eventually(() => assert.equal(readlinkSync(`/proc/${target.hostPid}/cwd`), '/usr'));
  const namespaces = Object.fromEntries(['user', 'mnt', 'pid'].map(type => [type, target]));
  const seen = await look(spawn, {look: 'pwd', sees: /./}, {...options, namespaces});
  target.killAll();
  await once(target, 'close');
  return seen;
}

/** Returns whether a command still exists some time after its Node has ended. */
async function survival(_: Spawn, options: SpawnOptions): Promise<string> {
  const marker = uniqueDuration();
  const fixture = startFixture('spawner', ['wait', marker, JSON.stringify(options)]);
  const exit = once(fixture.process, 'exit');
  const {pid} = await fixture.next<{pid: number}>();
  fixture.process.kill('SIGKILL');
  await exit;
  const isDead = async (): Promise<void> => eventually(() => assert.ok(!isThere(pid)));
  if (!('dieWithParent' in options)) await isDead();
  else await delay(50);
  const seen = isThere(pid) ? 'there' : 'gone';
  if (seen === 'there') process.kill(pid, 'SIGKILL');
  await eventually(() => assert.deepEqual(findProcesses({marker}), []));
  return seen;
}

function check({sees}: Sight, seen: string, isExpected: boolean): void {
  const isSeen = typeof sees === 'function' ? sees(seen) : sees.test(seen);
  assert.equal(isSeen, isExpected, `${isExpected ? 'with' : 'without'} the option: ${JSON.stringify(seen)}`);
}

/**
 * Looks without the option, with it, and without it again. The last look shows that the cached plan of usual commands does not contain it.
 */
async function compare(spawn: Spawn, sight: Sight, base: SpawnOptions, example: SpawnOptions): Promise<void> {
  check(sight, await look(spawn, sight, base), false);
  check(sight, await look(spawn, sight, {...base, ...example}), true);
  check(sight, await look(spawn, sight, base), false);
}

describe('the options of the set-up', () => {
  for (const feature of setup) {
    for (const [option, value] of Object.entries(feature.examples)) {
      const sight = sightOf(option);
      // A map adds its namespace. All other options need it to be given.
      const base: SpawnOptions =
        sight.base ?? (feature.needs && !feature.addsNamespace ? {namespaces: ['pid', 'mnt', feature.needs]} : {});
      test(`${feature.title}: ${option}`, {skip: sight.skip ?? false}, () =>
        compare(spawnInNamespace, sight, base, {[option]: value}),
      );

      if (notOfSandboxes.has(option) || command.some(other => option in other.examples)) continue;
      test(`${option} of a sandbox`, {skip: sight.skip ?? false}, async () => {
        await using sandbox = await createSandbox({...base, [option]: value} as SandboxOptions);
        check(sight, await look(sandbox.spawn.bind(sandbox), sight, {}), true);
      });
    }
  }
});

describe('the options of a command', () => {
  for (const feature of command) {
    for (const [option, value] of Object.entries(feature.examples)) {
      const sight = sightOf(option);
      test(`${feature.title}: ${option}`, {skip: sight.skip ?? false}, () =>
        compare(spawnInNamespace, sight, {}, {[option]: value}),
      );

      if (notOfSandboxes.has(option)) continue;
      test(`${option} in a sandbox`, {skip: sight.skip ?? false}, async () => {
        await using sandbox = await createSandbox(sight.sandbox);
        await compare(sandbox.spawn.bind(sandbox), sight, {}, {[option]: value});
      });
    }
  }
});

describe('null stands for the default, like an option that is not given:', () => {
  for (const option of Object.keys(sights)) {
    test(option, async () => {
      const given = {[option]: null} as unknown as SpawnOptions;
      const child = spawnInNamespace('true', [], given);
      assert.deepEqual(await once(child, 'close'), [0, null]);
    });
  }

  for (const options of [
    {namespaces: {uts: null}},
    {init: {forwardSignals: null, forwardTo: null, waitForAll: null}},
    {pty: {cols: null, rows: null, name: null}},
    {rlimits: {nofile: null}},
    {namespaces: ['time'], timeOffsets: {boottime: null, monotonic: {secs: 1, nanosecs: null}}},
    {forceKillAfterDelay: null},
    {stdio: ['ignore', null, null, 'ipc'], maxMessageSize: null},
  ]) {
    test(JSON.stringify(options), async () => {
      const child = spawnInNamespace('true', [], options as unknown as SpawnOptions);
      assert.deepEqual(await once(child, 'close'), [0, null]);
    });
  }

  test('of methods and of runInNamespace', async () => {
    const none = {encoding: null, input: null, maxBuffer: null, reject: null} as unknown as RunOptions;
    assert.equal((await runInNamespace('echo', ['text'], none)).stdout, 'text\n');
    await assert.rejects(runInNamespace('false', none), {exitCode: 1});
    await spawnInNamespace('cat').shutdown({signal: null, graceMs: null, scope: null} as unknown as ShutdownOptions);
    const sandbox = await createSandbox({init: null} as unknown as SandboxOptions);
    await sandbox.close({signal: null, graceMs: null} as unknown as CloseOptions);
  });
});
