// The option `pty`.
import {invalidArgType} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {isGiven, validateInteger, validateNoNul, validateString} from '../shared/validate.js';
import {commandFeature} from './feature.js';

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

export interface TerminalOptions {
  /**
   * Gives the command a pseudo-terminal of its own as 0 to 2 and as its controlling terminal, in a new session: `child.pty`. It is
   * opened inside, in the command's own /dev/pts, with IUTF8. `stdio` may then name descriptors from 3 on. Default false.
   */
  pty?: boolean | PtyOptions | undefined;
}

export interface ResolvedPty {
  cols: number;
  rows: number;
  name: string;
  /** The kernel's struct termios, or nothing where the terminal starts as all do. */
  settings: readonly number[];
}

export const terminal = commandFeature<TerminalOptions, ResolvedPty>({
  title: 'Pseudo-terminal',
  examples: {pty: {cols: 123, rows: 45}},
  resolve: options => resolvePty(options.pty),
  write(operations, pty) {
    if (pty === undefined) return;
    const {cols, rows, settings} = pty;
    operations.addList({step: 'pty', path: '/dev/ptmx'}, 'TERMINAL', [cols, rows, settings.length], settings);
  },
});

const ptyOptions = new KnownOptions(namesOf<PtyOptions>({cols: true, rows: true, name: true, settingsOf: true}));

// The kernel's struct termios, with which libc's begins: four flags, c_line, and 19 characters.
const settingsLength = 36;

function resolvePty(option: unknown): ResolvedPty | undefined {
  if (!isGiven(option) || option === false) return undefined;
  if (option !== true && typeof option !== 'object') {
    throw invalidArgType('options.pty', 'of type boolean or object', option);
  }
  const given = ptyOptions.read(option === true ? undefined : (option as Record<string, unknown>), 'options.pty');
  const {cols, rows, name} = {cols: given.cols ?? 80, rows: given.rows ?? 24, name: given.name ?? 'xterm-256color'};
  validateInteger(cols, 'options.pty.cols', 1, maxSize);
  validateInteger(rows, 'options.pty.rows', 1, maxSize);
  validateString(name, 'options.pty.name');
  validateNoNul(name, 'options.pty.name');
  return {cols, rows, name, settings: readSettings(given.settingsOf)};
}

function readSettings(fd: unknown): readonly number[] {
  const bytes = typeof fd === 'number' ? native().terminalSettings(fd) : undefined;
  return bytes === undefined ? [] : [...new Uint32Array(bytes.slice(0, settingsLength).buffer)];
}
