// Counts the resources of a process.
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';

const read = file => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // a process that has ended
  }
};

function childrenOf(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.flatMap(thread => read(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean));
}

function count() {
  const children = childrenOf('self');
  return {
    fds: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
    children: children.length,
    zombies: children.filter(pid => /\) Z /.test(read(`/proc/${pid}/stat`))).length,
  };
}

const ANY = {fds: Number.POSITIVE_INFINITY, threads: Number.POSITIVE_INFINITY, children: 0, zombies: 0};

/** Returns the counts once they do not exceed `max`, or after they have exceeded it for some seconds. */
export async function settledCounts(max = ANY) {
  globalThis.gc();
  let counts = count();
  for (const end = performance.now() + 5000; performance.now() < end; counts = count()) {
    if (Object.keys(counts).every(name => counts[name] <= max[name])) break;
    await delay(50);
    // Garbage collection closes the descriptors of collected objects.
    globalThis.gc();
  }
  return {...counts, rss: Math.round(process.memoryUsage.rss() / 2 ** 20)};
}

export const describe = ({fds, threads, children, zombies, rss}) =>
  `${rss} MB, ${fds} fds, ${threads} threads, ${children} children, ${zombies} zombies`;
