// The descriptors above 2 that this process has inherited, which a command of `run` and `enter` gets as well. main.ts imports this file
// first, before this process opens files of its own.
import {closeSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';

const descriptors = findInherited(readLinks());

/** Their numbers, in ascending order. */
export const inheritedDescriptors: readonly number[] = descriptors;

/** Takes an inherited descriptor for this process alone: the command does not get it. Returns whether it is open. */
export function takeDescriptor(fd: number): boolean {
  const index = descriptors.indexOf(fd);
  if (index >= 0) descriptors.splice(index, 1);
  return index >= 0;
}

/** Reads an inherited descriptor, or standard input, to its end. Returns undefined if it is not open. */
export function takeContent(fd: number): Buffer | undefined {
  if (fd === 0) return readFileSync(0);
  if (!takeDescriptor(fd)) return undefined;
  const content = readFileSync(fd);
  closeSync(fd);
  return content;
}

/**
 * Finds those that Node has not opened itself. Node marks all descriptors close-on-exec at its start, so the mark does not distinguish them.
 *
 * What Node opens takes the lowest free numbers: an epoll first, then pipes for signals, with both ends here, and further epolls, io_urings
 * and eventfds. So everything below the first epoll and behind the last of these files was inherited. Between them a pipe of which this
 * process has both ends is taken for Node's; GNU make opens such a pipe for its jobs, at the numbers 3 and 4, which are below.
 */
export function findInherited(links: ReadonlyMap<number, string>): number[] {
  const isEvents = (link: string) => /^anon_inode:\[(?:eventpoll|eventfd|io_uring)\]$/.test(link);
  const events = [...links].filter(([, link]) => isEvents(link)).map(([number]) => number);
  const [first, last] = [Math.min(...events), Math.max(...events)];
  const all = [...links.values()];
  const isNodes = (number: number, link: string) =>
    number >= first &&
    number <= last &&
    (isEvents(link) || (link.startsWith('pipe:') && all.indexOf(link) !== all.lastIndexOf(link)));
  return [...links]
    .filter(([number, link]) => number > 2 && !isNodes(number, link))
    .map(([number]) => number)
    .sort((a, b) => a - b);
}

function readLinks(): Map<number, string> {
  const links = new Map<number, string>();
  try {
    for (const name of readdirSync('/proc/self/fd')) {
      try {
        links.set(Number(name), readlinkSync(`/proc/self/fd/${name}`));
      } catch {
        // The descriptor of the listing itself.
      }
    }
  } catch {
    // Without /proc nothing is handed on.
  }
  return links;
}
