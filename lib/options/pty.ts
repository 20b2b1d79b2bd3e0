// The option `pty`.
import {invalidArgType} from '../errors.js';
import {validateInteger, validateNoNul, validateString} from '../validate.js';
import {own} from './own.js';

/** The most columns or rows that the kernel's struct winsize can say. */
export const maxSize = 0xffff;

/** A pseudo-terminal for a command. */
export interface PtyOptions {
  /** Columns. Default 80. */
  cols?: number | undefined;
  /** Rows. Default 24. */
  rows?: number | undefined;
  /** What the command finds in TERM. Default 'xterm-256color'. */
  name?: string | undefined;
}

export function resolvePty(option: unknown): Required<{cols: number; rows: number; name: string}> | undefined {
  if (option === undefined || option === false) return undefined;
  if (option !== true && (typeof option !== 'object' || option === null)) {
    throw invalidArgType('options.pty', 'of type boolean or object', option);
  }
  const {
    cols = 80,
    rows = 24,
    name = 'xterm-256color',
  } = own(option === true ? undefined : (option as Record<string, unknown>));
  validateInteger(cols, 'options.pty.cols', 1, maxSize);
  validateInteger(rows, 'options.pty.rows', 1, maxSize);
  validateString(name, 'options.pty.name');
  validateNoNul(name, 'options.pty.name');
  return {cols, rows, name};
}
