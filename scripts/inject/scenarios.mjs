// What the program does while a system call fails. Each scenario returns what it has observed if it succeeds, and throws the error
// otherwise. It waits for 'close' and for every promise. `call` marks the calls of Node's own thread.
import {createSandbox, runInNamespace, spawnInNamespace} from '../../dist/index.js';

const command = new URL('../../.cache/inject/command', import.meta.url).pathname;

/** Records the events of a command until it is closed. */
function ended(child) {
  return new Promise((resolve, reject) => {
    const heard = {events: [], output: '', errors: []};
    for (const name of ['spawn', 'exit']) child.on(name, () => heard.events.push(name));
    child.on('error', error => {
      heard.events.push('error');
      heard.errors.push(error);
    });
    const output = child.pty ?? child.stdout;
    output?.on('data', chunk => {
      heard.output += chunk;
    });
    output?.on('error', error => heard.errors.push(error));
    child.on('close', (code, signal) => {
      heard.events.push(`close ${code} ${signal}`);
      if (heard.errors.length > 0) reject(heard.errors[0]);
      else resolve(`${heard.events.join(', ')}: ${heard.output.replace(/\s+/g, ' ').trim()}`);
    });
  });
}

const spawning =
  (args, options) =>
  async ({call}) => {
    const child = call(() => spawnInNamespace(command, args, options));
    return ended(child);
  };

const capabilities = ['CapInh', 'CapAmb', 'SigBlk', 'SigIgn'];
const everything = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];
const isRoot = process.getuid() === 0;
const ids = isRoot ? {uid: 1234, gid: 1235, groups: [1236]} : {};
const mounts = [
  {type: 'bind', source: command, destination: '/command', readOnly: true},
  {type: 'tmpfs', destination: '/t', readOnly: true},
  {type: 'file', destination: '/t/file', content: 'content'},
  {type: 'symlink', destination: '/t/link', target: 'file'},
  {type: 'overlay', destination: '/o', lower: ['/usr']},
  {type: 'mask', destination: '/proc/version'},
];
const ranges = [
  {containerId: 0, hostId: 0, size: 1000},
  {containerId: 1000, hostId: 5000, size: 1000},
];

async function sandbox({call}) {
  const seen = [];
  const failed = [];
  const attempt = async promise => {
    try {
      seen.push(await promise);
    } catch (error) {
      failed.push(error);
    }
  };
  const made = await call(() => createSandbox({namespaces: ['pid', 'mnt', 'uts'], hostname: 'inside'}));
  for (let i = 0; i < 2; i++) {
    // spawn() throws if the sandbox has ended.
    const start = async () => ended(call(() => made.spawn(command, ['host', 'session', ...capabilities])));
    await attempt(start());
  }
  await attempt(call(() => made.lastPid()).then(pid => `last PID: ${pid > 0}`));
  // nsinit is killed if it cannot be asked.
  await call(() => made.close({graceMs: 4000}));
  if (failed.length > 0) throw failed[0];
  return seen.join('; ');
}

/** Kills a command that would not end by itself. */
const killing =
  (options, kill) =>
  async ({call}) => {
    const child = call(() => spawnInNamespace(command, ['wait'], options));
    const end = ended(child);
    child.stdout?.once('data', () => call(() => kill(child)));
    return end;
  };

export const scenarios = {
  default: {run: spawning(['pid', 'session', ...capabilities], {})},
  'all namespaces': {
    run: spawning(['pid', 'host', ...capabilities], {
      namespaces: everything,
      hostname: 'inside',
      domainname: 'domain',
      uidMap: 'root',
    }),
  },
  'id ranges': {
    needsRoot: true,
    run: spawning(['ids', ...capabilities], {namespaces: ['user', 'pid', 'mnt'], uidMap: ranges, gidMap: ranges}),
  },
  supervisor: {run: spawning(['session', ...capabilities], {namespaces: ['mnt', 'uts'], hostname: 'inside'})},
  'strays of a supervisor': {run: spawning(['stray'], {namespaces: ['uts']})},
  'init: false': {run: spawning(['pid', ...capabilities], {init: false})},
  options: {
    run: spawning(['ids', 'cwd', 'limit', ...capabilities], {
      ...ids,
      cwd: '/tmp',
      rlimits: {nofile: 64},
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
      init: {waitForAll: true},
    }),
  },
  'a file system': {
    run: async ({call}) => {
      const child = call(() => spawnInNamespace('/command', ['pid', 'cwd', ...capabilities], {root: 'empty', mounts}));
      return ended(child);
    },
  },
  'a listener': {
    run: spawning(['session', ...capabilities], {
      seccomp: {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['getsid'], action: 'SCMP_ACT_NOTIFY'}]},
      onSyscall: async ({name}) => ({value: name === 'getsid' ? 4242 : 0}),
    }),
  },
  sandbox: {run: sandbox},
  pty: {run: spawning(['terminal', 'session', ...capabilities], {pty: true})},
  ipc: {run: spawning(['pid', ...capabilities], {stdio: ['pipe', 'pipe', 'pipe', 'ipc']})},
  'a large plan': {run: spawning(['size'], {env: {LARGE: 'x'.repeat(100_000)}})},
  'time offsets': {
    run: spawning(['time', ...capabilities], {
      namespaces: ['pid', 'mnt', 'time', 'user'],
      timeOffsets: {monotonic: 2_000_000_000},
    }),
  },
  kill: {run: killing({}, child => child.kill('SIGKILL'))},
  killAll: {run: killing({}, child => child.killAll())},
  'killAll of a supervisor': {run: killing({namespaces: ['uts']}, child => child.killAll())},
  abort: {
    run: async ({call}) => {
      const controller = new AbortController();
      const child = call(() => spawnInNamespace(command, ['wait'], {signal: controller.signal}));
      child.stdout?.once('data', () => call(() => controller.abort()));
      // By which signal is another matter: where the wanted one is refused, it is SIGKILL.
      return ended(child).catch(error => {
        if (error.name !== 'AbortError') throw error;
        return error.name;
      });
    },
  },
  run: {
    run: async ({call}) => {
      const {stdout, exitCode} = await call(() => runInNamespace(command, ['pid', 'zero'], {input: 'input'}));
      return `${exitCode}: ${stdout}`;
    },
  },
  // The first launch of a process, for which each run starts a Node. nsinit and the command are not traced, because they do the same as
  // always.
  first: {isFresh: true, roles: ['main', 'reactor'], run: spawning(['pid'], {})},
};
