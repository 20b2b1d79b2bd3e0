// In each round a Node under a random load is killed by SIGKILL at a random moment, and nothing of it may be left.
// Each Node runs below test/programs/reaper, which becomes the parent of every process whose own parent has ended. When the reaper has no
// children, no process is left. As root and with cgroup v2, each Node also runs in its own cgroup.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {ownCgroup} from './cgroups.js';
import {fixturePath} from './fixtures.js';
import {linesOf} from './lines.js';
import {childrenOf, descendantsOf, isRunning, readProc, uniqueDuration} from './processes.js';
import {testProgram} from './programs.js';
import {randomOf} from './random.js';

export interface Round {
  seed: number;
  /** The time from Node's start until it was killed, in milliseconds. */
  killedAfter: number;
  /** The number of Node's descendants at that moment. */
  processes: number;
  /** The time from Node's end until the last process had ended, in milliseconds; undefined if some have not ended. */
  endedAfter: number | undefined;
  /** The processes that were left when the time had passed. */
  late: string[];
  /**
   * The cgroups that were left when the last process had ended. Not counted are those of supervisors in PID namespaces: the kernel kills
   * such a supervisor together with its namespace, and it can remove nothing.
   */
  cgroups: string[];
  /** The mounts that were visible in the machine's own mount namespace. */
  mounts: string[];
}

export interface RoundOptions {
  /** The longest time that Node runs, in milliseconds. */
  longest: number;
  /** The time after Node's end after which nothing may be left, in milliseconds. */
  within: number;
  /** The time after which a process that is left is considered to stay. */
  patience: number;
}

/** Runs one round, and kills the processes that are left. */
export async function killRound(seed: number, {longest, within, patience}: RoundOptions): Promise<Round> {
  const killedAfter = randomOf(seed).below(longest);
  const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-kill-'));
  const cgroup = makeCgroup();
  const reaper = startReaper(cgroup, [fixturePath('random-load'), `${seed}`, uniqueDuration(), directory]);
  const gone = once(reaper, 'exit');
  const node = Number(await linesOf(reaper.stdout)());
  await delay(killedAfter);
  const processes = descendantsOf(node).length;
  process.kill(node, 'SIGKILL');
  while (isRunning(node)) await delay(1);
  const end = performance.now();
  const isGone = (milliseconds: number) =>
    Promise.race([gone.then(() => true), delay(milliseconds, false, {ref: false})]);
  let late: string[] = [];
  let endedAfter: number | undefined;
  if (!(await isGone(within))) late = descendantsOf(reaper.pid!).map(describeProcess);
  if (late.length === 0 || (await isGone(patience))) {
    await gone;
    endedAfter = performance.now() - end;
  } else {
    await killAll(reaper.pid!, gone);
  }
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(line => line.includes(directory));
  const cgroups = cgroup === undefined ? [] : removeCgroup(cgroup).filter(isOfOurNamespace);
  rmSync(directory, {recursive: true});
  return {seed, killedAfter, processes, endedAfter, late, cgroups, mounts};
}

function startReaper(cgroup: string | undefined, args: string[]): ChildProcess {
  const argv = [testProgram('reaper'), '--until-all-have-ended', process.execPath, ...args];
  const enter = cgroup === undefined ? '' : `echo $$ >${cgroup}/cgroup.procs && `;
  return spawn('sh', ['-c', `${enter}exec "$@"`, 'sh', ...argv], {stdio: ['ignore', 'pipe', 'inherit']});
}

let rounds = 0;

/** Creates a cgroup. Returns undefined where this is not allowed; supervisors of an ordinary user cannot create one either. */
function makeCgroup(): string | undefined {
  const own = ownCgroup();
  if (own === undefined) return undefined;
  const cgroup = path.join(own, `kill-rounds-${process.pid}-${++rounds}`);
  try {
    mkdirSync(cgroup);
  } catch {
    return undefined;
  }
  return cgroup;
}

/** The name of a supervisor's cgroup contains the id of its PID namespace (src-native/protocol/protocol.h). */
function isOfOurNamespace(name: string): boolean {
  const [, own] = /\[(\d+)\]/.exec(readlinkSync('/proc/self/ns/pid'))!;
  return !/^namespawn-\d+-\d+$/.test(name) || name.startsWith(`namespawn-${own}-`);
}

/** Removes a cgroup and those below it, and returns the names of the latter. */
function removeCgroup(cgroup: string): string[] {
  const below = readdirSync(cgroup, {withFileTypes: true}).filter(entry => entry.isDirectory());
  const names = below.flatMap(({name}) => [name, ...removeCgroup(path.join(cgroup, name))]);
  rmdirSync(cgroup);
  return names;
}

function describeProcess(pid: number): string {
  const [, name = '?', state = '?'] = /\((.*)\) (.)/s.exec(readProc(`${pid}/stat`) ?? '') ?? [];
  const command = readProc(`${pid}/cmdline`)?.split('\0').join(' ').trim();
  const at = readProc(`${pid}/wchan`);
  const parent = /^PPid:\s*(\d+)/m.exec(readProc(`${pid}/status`) ?? '')?.[1];
  return `${pid} ${name}, state ${state}${at ? ` in ${at}` : ''}, child of ${parent}: ${command}`;
}

async function killAll(reaper: number, gone: Promise<unknown>): Promise<void> {
  let isOver = false;
  gone.then(() => {
    isOver = true;
  });
  while (!isOver) {
    for (const pid of childrenOf(reaper)) process.kill(pid, 'SIGKILL');
    await delay(20);
  }
}

/** Describes what a round has left; empty if it has left nothing. */
export function describeLeft({endedAfter, late, cgroups, mounts}: Round): string[] {
  return [
    ...late.map(
      one => `${endedAfter === undefined ? 'stays' : `late, gone after ${Math.round(endedAfter)} ms`}: ${one}`,
    ),
    ...cgroups.map(one => `cgroup: ${one}`),
    ...mounts.map(one => `mount: ${one}`),
  ];
}
