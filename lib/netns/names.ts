// The names of network namespaces: files of one directory, as ip-netns(8) has them.
import {readdirSync, statSync} from 'node:fs';
import {invalidArgValue} from '../errors/errors.js';
import {orUndefined} from '../shared/own.js';
import {validateNoNul, validateString} from '../shared/validate.js';

/** The directory of ip-netns(8). A file of it is a name, and the network namespace is mounted on the file. */
export const directory = '/run/netns';

/** The longest name of a file: NAME_MAX of the kernel. */
const nameMax = 255;

/**
 * Returns the file of a name.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function pathOf(name: string): string {
  validateString(name, 'name');
  validateNoNul(name, 'name');
  const isFile = name !== '' && name !== '.' && name !== '..' && !name.includes('/');
  if (!isFile || Buffer.byteLength(name) > nameMax) throw invalidArgValue('name', name, 'must be a name of a file');
  return `${directory}/${name}`;
}

/** Returns all names, sorted. */
export function allNames(): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What tells a namespace from all others that exist. */
export interface Identity {
  dev: number;
  ino: number;
}

/** Returns the identity of what is mounted on the file of a name, or undefined where there is no such file. */
export function identityOf(name: string): Identity | undefined {
  return statSync(pathOf(name), orUndefined);
}
