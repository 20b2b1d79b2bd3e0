// Counts the resources that a spawn must release.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {spawnInNamespace} from 'namespawn';
import {eventually} from './eventually.js';
import {childrenOf, threadsOf} from './processes.js';

/** The resources of this process. */
export interface Counts {
  /** The children, including zombies. */
  children: number;
  /** What each descriptor refers to, without its number. */
  descriptors: Record<string, number>;
  threads: number;
  /** Mounts of proc, and mounts on temporary directories. Other mounts do not belong to the tests. */
  mounts: number;
  /** Handles and requests that keep the event loop alive, except timers. */
  resources: Record<string, number>;
  /** Listeners on the process. */
  listeners: number;
}

function tally(items: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of [...items].sort()) counts[item] = (counts[item] ?? 0) + 1;
  return counts;
}

const O_PATH = 0o10000000;

function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap(fd => {
    try {
      // Inode numbers are removed, because they differ between pipes.
      const name = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, '');
      const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!, 8);
      // Low numbers are reserved for channels, which use them at times.
      return name === '/dev/null' && (flags & O_PATH) !== 0 ? [] : [name];
    } catch {
      return []; // of the directory itself, closed by now
    }
  });
}

function mounts(): number {
  const points = readFileSync('/proc/self/mountinfo', 'utf8').match(/^\S+ \S+ \S+ \S+ (\S+)/gm) ?? [];
  return points.filter(line => / (\/proc|\S*namespawn-test\S*)$/.test(line)).length;
}

export function counts(): Counts {
  const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
  return {
    children: childrenOf().length,
    descriptors: tally(descriptors()),
    threads: threadsOf().length,
    mounts: mounts(),
    resources: tally(process.getActiveResourcesInfo().filter(name => name !== 'Timeout')),
    listeners,
  };
}

/**
 * Creates the resources that are created once and kept: the reactor, nsinit's image, and /dev/null. A successful launch fills up the
 * channels that the reactor keeps prepared.
 */
export async function warmUp(): Promise<void> {
  for (const stdio of ['pipe', 'ignore'] as const) {
    // One with each of nsinit's images.
    const child = spawnInNamespace('true', [], {stdio, ...(stdio === 'pipe' ? {uidMap: 'root'} : {})});
    await once(child, 'close');
  }
}

type Flat = Record<string, number>;

function flatten({descriptors, resources, ...rest}: Counts): Flat {
  const named = (kind: string, counted: Record<string, number>): Flat =>
    Object.fromEntries(Object.entries(counted).map(([name, count]) => [`${kind} ${name}`, count]));
  return {...rest, ...named('descriptor', descriptors), ...named('resource', resources)};
}

/** Returns the resources of which there are more. Fewer are no leak, because those of earlier tests may be collected meanwhile. */
export function grown(before: Counts, after: Counts): Flat {
  const past = flatten(before);
  return Object.fromEntries(Object.entries(flatten(after)).filter(([name, count]) => count > (past[name] ?? 0)));
}

/**
 * Runs a function, and asserts that afterwards there are not more resources than before.
 * @param residents - how many children there are before, and stay
 */
export async function leavesNothing<T>(work: () => Promise<T>, residents = 0): Promise<T> {
  await warmUp();
  const before = await eventually(() => {
    const now = counts();
    assert.equal(now.children, residents);
    return now;
  });
  const result = await work();
  await warmUp();
  await eventually(() => assert.deepEqual(grown(before, counts()), {}));
  return result;
}
