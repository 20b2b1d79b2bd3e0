// Reasons for which a test cannot run here. They are fixed texts: CI allows those that are true on its machine, and fails for others.
import {accessSync, constants} from 'node:fs';
import path from 'node:path';

/** Whether the tests run as real root. */
export const isRoot = process.geteuid!() === 0;

/** A value for the option `skip`: the reason, or false if the test can run. */
export type Requirement = string | false;

export function needsRoot(): Requirement {
  return isRoot ? false : 'needs root';
}

export function needsUser(): Requirement {
  return isRoot ? 'needs an ordinary user' : false;
}

/** @param program - is looked up along PATH */
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
