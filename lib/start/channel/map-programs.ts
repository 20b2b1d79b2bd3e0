// Runs newuidmap(1) and newgidmap(1) for an nsinit that waits for its id maps.
import {type SpawnOptions, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import type {IdMapTexts} from '../../features/feature.js';
import {EPERM} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {mapProgram, takesDescriptor} from '../../shared/subordinate-ids.js';
import type {Failure} from './launch-events.js';

type Type = 'gid' | 'uid';

/**
 * Writes the maps that are left to the programs, the gids first. The event loop goes on meanwhile.
 * @param pid - of nsinit, which is not reaped before its end is reported, so that no other process has its PID until then
 * @param done - called once, with what has failed
 */
export function runMapPrograms(
  pid: number,
  [, gidMap, uidMap, programs]: IdMapTexts,
  done: (failure?: Failure) => void,
): void {
  const left = (['gid', 'uid'] as const).filter(type => programs.includes(type));
  const next = (isWritten: boolean, last?: Type): void => {
    const type = left.shift();
    if (!isWritten) done(failure(last!));
    else if (type === undefined) done();
    else writeMap(type, pid, type === 'gid' ? gidMap : uidMap, written => next(written, type));
  };
  next(true);
}

function writeMap(type: Type, pid: number, text: string, done: (isWritten: boolean) => void): void {
  const program = mapProgram[type];
  if (!takers.has(program)) takers.set(program, takesDescriptor(program));
  // With a descriptor no other process can take the place of this one.
  const directory = takers.get(program) ? openDirectory(pid) : undefined;
  const target = directory === undefined ? String(pid) : 'fd:3';
  const passed = directory === undefined ? [] : [directory];
  const options: SpawnOptions = own({stdio: ['ignore', 'ignore', 'ignore', ...passed]});
  const child = spawn(program, [target, ...text.trim().split(/\s+/)], options);
  if (directory !== undefined) closeSync(directory);
  child.on('error', () => done(false));
  child.on('exit', code => done(code === 0));
}

const takers = new Map<string, boolean>();

function openDirectory(pid: number): number | undefined {
  try {
    return openSync(`/proc/${pid}`, 'r');
  } catch {
    return undefined;
  }
}

// The kernel would refuse it as well. Why the program cannot help is for the table of causes to say.
function failure(type: Type): Failure {
  const {nodeSteps} = native().protocol;
  const operation = nodeSteps[type === 'gid' ? 'GID_MAP' : 'UID_MAP']!;
  return {stage: 'NODE', operation, errno: EPERM, syscall: mapProgram[type]};
}
