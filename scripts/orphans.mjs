// Finds processes that a test file leaves running: those whose parent has ended.
// Several test runs may share a machine, so the children of the machine's init cannot be used. scripts/test.mjs runs below
// test/programs/reaper, a child subreaper: the kernel makes it the parent of every orphan of the tests, and of no other process. That
// includes an nsinit that survives its Node, whatever its environment, session or user is.
import {readFileSync} from 'node:fs';
import process from 'node:process';
import {setTimeout as delay} from 'node:timers/promises';

/** The time in milliseconds that an ending process may take, because the machine may be loaded or emulated. */
const GRACE = 10_000;

function readProc(file) {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return ''; // the process has ended meanwhile
  }
}

/** Returns a process, or undefined if it has ended. The PID and the start time together identify a process. */
function look(pid) {
  const [, name, rest] = /^\d+ \((.*)\) (.*)/s.exec(readProc(`${pid}/stat`)) ?? [];
  const fields = rest?.split(' ');
  // A zombie does not count, because the reaper is about to reap it.
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const command = readProc(`${pid}/cmdline`).split('\0').join(' ').trim();
  return {pid: Number(pid), started: fields[19], description: `${pid} (${name}, state ${fields[0]}) ${command}`.trim()};
}

/** Returns the orphans whose parent is now the reaper: all its children except this process. */
export function orphansOf(reaper = process.ppid) {
  return readProc(`${reaper}/task/${reaper}/children`)
    .split(' ')
    .filter(pid => pid !== '' && Number(pid) !== process.pid)
    .map(look)
    .filter(orphan => orphan !== undefined);
}

/** The orphans that were reported already. An orphan belongs to one file, but may still exist when later files end. */
const known = new Set();

/**
 * Waits until the new orphans of this moment have ended, and kills those that do not end.
 * @returns the descriptions of those that did not end by themselves
 */
export async function endOrphans(grace = GRACE) {
  let left = orphansOf().filter(({pid, started}) => !known.has(`${pid} ${started}`));
  for (const {pid, started} of left) known.add(`${pid} ${started}`);
  for (const end = performance.now() + grace; left.length > 0 && performance.now() < end; ) {
    await delay(20);
    left = left.flatMap(({pid}) => look(pid) ?? []).filter(({pid, started}) => known.has(`${pid} ${started}`));
  }
  for (const {pid} of left) process.kill(pid, 'SIGKILL');
  return left.map(({description}) => description);
}
