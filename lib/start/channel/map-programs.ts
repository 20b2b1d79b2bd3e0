// Runs newuidmap(1) and newgidmap(1) for an nsinit that waits for its id maps.
import {execFile} from 'node:child_process';
import type {IdMapTexts} from '../../features/feature.js';
import {EPERM} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {mapProgram} from '../../shared/subordinate-ids.js';
import type {Failure} from './launch-events.js';

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
  const next = (): void => {
    const type = left.shift();
    if (type === undefined) {
      done();
      return;
    }
    const numbers = (type === 'gid' ? gidMap : uidMap).trim().split(/\s+/);
    execFile(mapProgram[type], [String(pid), ...numbers], error => {
      if (error === null) next();
      else done(failure(type));
    });
  };
  next();
}

// The kernel would refuse it as well. Why the program cannot help is for the table of causes to say.
function failure(type: 'gid' | 'uid'): Failure {
  const {nodeSteps} = native().protocol;
  const operation = nodeSteps[type === 'gid' ? 'GID_MAP' : 'UID_MAP']!;
  return {stage: 'NODE', operation, errno: EPERM, syscall: mapProgram[type]};
}
