// The option `pty`.
import {invalidArgType} from '../errors.js';
import {native} from '../native.js';
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
  /** @internal The descriptor of a terminal with whose settings it starts: what is typed there is passed on as it is. */
  settingsOf?: number | undefined;
}

export interface ResolvedPty {
  cols: number;
  rows: number;
  name: string;
  /** The kernel's struct termios, or nothing where the terminal starts as all do. */
  settings: readonly number[];
}

// The kernel's struct termios, with which libc's begins: four flags, c_line, and 19 characters.
const settingsLength = 36;

export function resolvePty(option: unknown): ResolvedPty | undefined {
  if (option === undefined || option === false) return undefined;
  if (option !== true && (typeof option !== 'object' || option === null)) {
    throw invalidArgType('options.pty', 'of type boolean or object', option);
  }
  const {
    cols = 80,
    rows = 24,
    name = 'xterm-256color',
    settingsOf,
  } = own(option === true ? undefined : (option as Record<string, unknown>));
  validateInteger(cols, 'options.pty.cols', 1, maxSize);
  validateInteger(rows, 'options.pty.rows', 1, maxSize);
  validateString(name, 'options.pty.name');
  validateNoNul(name, 'options.pty.name');
  return {cols, rows, name, settings: readSettings(settingsOf)};
}

function readSettings(fd: unknown): readonly number[] {
  const bytes = typeof fd === 'number' ? native().terminalSettings(fd) : undefined;
  return bytes === undefined ? [] : [...new Uint32Array(bytes.slice(0, settingsLength).buffer)];
}
