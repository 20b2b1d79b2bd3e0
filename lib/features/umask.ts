// The option `umask`.
import {invalidArgValue} from '../shared/argument-errors.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface UmaskOptions {
  /**
   * The permissions that are removed from files and directories that the command creates: a number from 0 to 0o777, or a string of octal
   * digits as in process.umask(). Default: the caller's. umask(2)
   */
  umask?: number | string | undefined;
}

export const umask = commandFeature<UmaskOptions, number>({
  title: 'File mode creation mask',
  examples: {umask: 0o027},
  resolve({umask: option}) {
    if (!isGiven(option)) return undefined;
    const mask = typeof option === 'string' ? parseOctal(option) : option;
    validateInteger(mask, 'options.umask', 0, 0o777);
    return mask;
  },
  write(operations, mask) {
    if (mask !== undefined) operations.add({step: 'umask'}, 'UMASK', [mask]);
  },
});

function parseOctal(text: string): number {
  if (!/^[0-7]+$/.test(text)) {
    throw invalidArgValue('options.umask', text, 'must be a number or a string of octal digits');
  }
  return Number.parseInt(text, 8);
}
