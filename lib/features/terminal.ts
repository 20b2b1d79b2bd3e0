// The option `pty`.
import {invalidArgType} from '../shared/argument-errors.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {isGiven, validateInteger, validateNoNul, validateString} from '../shared/validate.js';
import {commandFeature} from './feature.js';

/** The maximum number of columns or rows in the kernel's struct winsize. */
export const maxSize = 0xffff;

/** A pseudo-terminal for a command. */
export interface PtyOptions {
  /** The number of columns, 1 to 65535. Default: 80. */
  cols?: number | undefined;
  /** The number of rows, 1 to 65535. Default: 24. */
  rows?: number | undefined;
  /** The value of TERM in the command's environment. Default: 'xterm-256color'. */
  name?: string | undefined;
  /** @internal The descriptor of a terminal whose settings the new one has at the start. */
  settingsOf?: number | undefined;
}

export interface TerminalOptions {
  /**
   * Whether the command has a pseudo-terminal as its descriptors 0 to 2 and as its controlling terminal, in a new session. `child.pty` is
   * Node's end. The terminal is opened inside, in the command's own /dev/pts, with IUTF8. `stdio` may contain only descriptors from 3 on.
   * Default: false. pty(7)
   */
  pty?: boolean | PtyOptions | undefined;
}

export interface ResolvedPty {
  cols: number;
  rows: number;
  name: string;
  /** The kernel's struct termios, or an empty array for the default settings. */
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
