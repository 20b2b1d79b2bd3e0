// Counts the resources of a process by kind, in order to find what a launch has left.
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';

const read = file => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has ended
  }
};

const O_PATH = 0o10000000;

function descriptors() {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      const name = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '');
      if (name.startsWith('/proc/')) return []; // the descriptor of the directory itself
      const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(read(`/proc/self/fdinfo/${fd}`))?.[1] ?? '0', 8);
      // Low numbers are reserved for channels, which use them at times.
      return name === '/dev/null' && (flags & O_PATH) !== 0 ? [] : [`descriptor ${name}`];
    } catch {
      return [];
    }
  });
}

function children() {
  const pids = readdirSync('/proc/self/task').flatMap(thread => read(`/proc/self/task/${thread}/children`).split(' '));
  return pids.filter(Boolean).map(pid => `child in state ${/\) (\S)/.exec(read(`/proc/${pid}/stat`))?.[1]}`);
}

/** Where cgroup v2 is mounted, if it is. */
const root = [/ (\/\S*) \S+ (?:\S+ )*- cgroup2 /m.exec(read('/proc/self/mountinfo'))?.[1]].filter(Boolean);
const own = /^0::(.*)$/m.exec(read('/proc/self/cgroup'))?.[1] ?? '/';

function cgroups() {
  try {
    return root.flatMap(mount => readdirSync(mount + own).filter(name => name.startsWith('namespawn-')));
  } catch {
    return [];
  }
}

/** Returns the number of resources of each kind. */
export function held() {
  const tally = {};
  const count = name => {
    tally[name] = (tally[name] ?? 0) + 1;
  };
  for (const name of [...descriptors(), ...children(), ...cgroups().map(() => 'cgroup')]) count(name);
  for (const _ of readdirSync('/proc/self/task')) count('thread');
  for (const line of read('/proc/self/mountinfo').split('\n')) if (/ \/proc | \/tmp/.test(line)) count('mount');
  for (const name of process.getActiveResourcesInfo()) {
    // If libuv cannot open a descriptor, Node's Socket leaves its empty handle to the garbage collector.
    if (name !== 'Timeout' && name !== 'PipeWrap') count(`resource ${name}`);
  }
  return tally;
}

/** Describes the resources of which there are more. */
export function grown(before, after) {
  return Object.entries(after)
    .filter(([name, count]) => count > (before[name] ?? 0))
    .map(([name, count]) => `${count} of ${name} instead of ${before[name] ?? 0}`);
}
