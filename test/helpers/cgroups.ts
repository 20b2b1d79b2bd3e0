// The cgroup (version 2) in which the tests run.
import {existsSync, mkdirSync, readFileSync, rmdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {isRoot, type Requirement} from './requirements.js';

/** Returns the directory of the cgroup, or undefined where version 2 is not mounted. */
export function ownCgroup(): string | undefined {
  const [, own] = /^0::(\/.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8')) ?? [];
  const root = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find(folder =>
    existsSync(path.join(folder, 'cgroup.controllers')),
  );
  return own === undefined || root === undefined ? undefined : path.join(root, own);
}

/** Returns whether a cgroup with a file cgroup.kill can be created there. */
export function needsOwnCgroup(): Requirement {
  const own = ownCgroup();
  if (own === undefined) return 'needs cgroup v2';
  const folder = path.join(own, `namespawn-test-${process.pid}`);
  try {
    mkdirSync(folder);
  } catch {
    return isRoot ? 'needs a cgroup that can be written' : 'needs root';
  }
  const canKill = existsSync(path.join(folder, 'cgroup.kill'));
  rmdirSync(folder);
  return canKill ? false : 'needs cgroup.kill';
}

/** Returns the cgroup of a supervisor's command. */
export function supervisedCgroup(supervisor: number): string {
  return path.join(ownCgroup()!, `namespawn-${statSync('/proc/self/ns/pid').ino}-${supervisor}`);
}

// Where version 1 has the controller, version 2 does not.
const pidsOfVersion1 = '/sys/fs/cgroup/pids';

/** Returns whether a cgroup with a limit on its processes can be created. */
export function needsPidsController(): Requirement {
  const controllers = path.join(ownCgroup() ?? '/', 'cgroup.controllers');
  const isThere =
    existsSync(pidsOfVersion1) || (existsSync(controllers) && /\bpids\b/.test(readFileSync(controllers, 'utf8')));
  if (!isThere) return 'needs the pids controller';
  return isRoot ? false : 'needs root';
}

/** Creates a cgroup with a limit on its processes. */
export function makePidsCgroup(): string {
  const isOld = existsSync(pidsOfVersion1);
  const parent = isOld ? pidsOfVersion1 : ownCgroup()!;
  if (!isOld) writeFileSync(path.join(parent, 'cgroup.subtree_control'), '+pids');
  const folder = path.join(parent, `namespawn-test-${process.pid}`);
  mkdirSync(folder);
  return folder;
}
