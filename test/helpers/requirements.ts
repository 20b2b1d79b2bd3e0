// Why a test cannot run here. The reasons are fixed texts: CI allows those that its machine has cause for, and fails on others.
import {accessSync, constants} from 'node:fs';
import path from 'node:path';

/** Whether the tests run as real root: what differs from an ordinary user's run. */
export const isRoot = process.geteuid!() === 0;

/** A skip reason, or false where the test can run: for the option `skip`. */
export type Requirement = string | false;

export function needsRoot(): Requirement {
  return isRoot ? false : 'needs root';
}

export function needsUser(): Requirement {
  return isRoot ? 'needs an ordinary user' : false;
}

/** @param program - looked up along PATH */
export function needsProgram(program: string): Requirement {
  const directories = (process.env.PATH ?? '').split(':');
  return directories.some(directory => isExecutable(path.join(directory, program))) ? false : `needs ${program}`;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
