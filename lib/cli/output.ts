// The output of the subcommands: tables, colours, JSON, errors and exit statuses.
import {styleText} from 'node:util';
import {type Command, InvalidArgumentError} from 'commander';
import stringWidth from 'fast-string-width';
import {INT_MAX} from '../shared/kernel.js';
import type {NamespaceSource} from '../shared/source.js';
import {describeError, UsageError, usageStatus} from './words.js';

/** A column of a table. */
export interface TableColumn<Row> {
  title: string;
  value(row: Row): string | number | undefined;
  /** The alignment: 'right' for numbers. Default: 'left'. */
  align?: 'left' | 'right';
}

/**
 * Returns whether to use colours: if FORCE_COLOR is set (https://force-color.org), and otherwise on a terminal that supports them, unless
 * NO_COLOR is set (https://no-color.org). As in Node, FORCE_COLOR prevails if both are set. An empty variable counts as one that is not set.
 */
export function hasColours(): boolean {
  const {FORCE_COLOR, NO_COLOR, ...env} = process.env;
  if (FORCE_COLOR) return true;
  // Node 20 takes an empty NO_COLOR for one that is set.
  return !NO_COLOR && process.stdout.isTTY === true && process.stdout.hasColors(16, env);
}

/** Applies a style of util.styleText to a text if colours are in use. */
export function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return hasColours() ? styleText(style, text, {validateStream: false}) : text;
}

/**
 * Makes a text safe to print. Names and arguments of processes may contain any characters, including escape sequences of terminals. As in
 * ps(1), line breaks become spaces and control characters become question marks.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll('\n', ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** Formats a table with aligned columns. On a terminal the last column is cut at the terminal's width. */
export function table<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[], look: TableLook = {}): string {
  if (look.raw) return rawTable(columns, rows, look);
  const cells = rows.map(row => columns.map(({value}) => printable(String(value(row) ?? '-'))));
  const titles = columns.map(({title}) => title);
  const last = columns.length - 1;
  // The last column is not padded, because nothing follows it and the arguments of a process may be megabytes long.
  const widths = titles.map((title, column) =>
    column === last && columns[column]?.align !== 'right'
      ? 0
      : Math.max(stringWidth(title), ...cells.map(line => stringWidth(line[column] ?? ''))),
  );
  const layOut = (line: string[]) =>
    line.map((cell, column) => {
      if (widths[column] === 0) return cell;
      const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
      return columns[column]?.align === 'right' ? blanks + cell : cell + blanks;
    });
  const heading = look.noheadings ? '' : `${styled('bold', fit(layOut(titles).join(' ')))}\n`;
  return heading + cells.map(line => `${fit(layOut(line).join(' '))}\n`).join('');
}

/** Formats a table for programs: one space between columns, and none in a cell. */
function rawTable<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[], look: TableLook): string {
  // As lsns(8) writes it: \\x20 for a space.
  const escaped = (text: string): string =>
    text.replace(/[\s\\\p{Cc}]/gu, character => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
  const titles = look.noheadings ? [] : [columns.map(({title}) => title)];
  const cells = rows.map(row => columns.map(({value}) => escaped(String(value(row) ?? '-'))));
  return [...titles, ...cells].map(line => `${line.join(' ')}\n`).join('');
}

/** How a table looks. */
export interface TableLook {
  /** Without the line of titles. */
  noheadings?: boolean | undefined;
  /** For programs: cells are not aligned, and contain no white space. */
  raw?: boolean | undefined;
}

/** Cuts a line to the terminal's width. */
export function fit(line: string): string {
  const {isTTY, columns} = process.stdout;
  if (!isTTY || !(columns > 0) || stringWidth(line) <= columns) return line;
  let kept = '';
  let width = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a style, or a character with its marks
  for (const [part] of line.matchAll(/\u001b\[\d+m|\P{M}\p{M}*/gu)) {
    width += stringWidth(part);
    if (width >= columns) break;
    kept += part;
  }
  // The style is reset, because the cut may be within styled text.
  return `${kept}${hasColours() ? '\u001b[0m' : ''}…`;
}

/** Writes a value as JSON, with null for undefined properties. */
export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_, member) => (member === undefined ? null : member), 2)}\n`);
}

/** Parses a TARGET of the command line: a PID, or a path to a namespace. */
export function parseTarget(text: string): NamespaceSource {
  return /^\d+$/.test(text) ? Number(text) : {path: text};
}

/** Parses a non-negative whole number of the command line. */
export function parseNumber(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : -1;
  if (number < 0 || number > INT_MAX) throw new InvalidArgumentError(`It must be a whole number from 0 to ${INT_MAX}.`);
  return number;
}

/** Parses a number of seconds, which may be negative. */
export function parseOffset(text: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number of seconds.');
  return Number(text);
}

/** Wraps the action of a subcommand: an error is printed as one line, and the exit status becomes 1, or 125 if the use was wrong. */
export function reporting<Arguments extends unknown[]>(
  action: (...args: Arguments) => void | Promise<void>,
): (...args: [...Arguments, Command]) => Promise<void> {
  return async (...args) => {
    try {
      await action(...(args as unknown as Arguments));
    } catch (error) {
      console.error(`namespawn: ${describeError(error)}`);
      exitWith(error instanceof UsageError ? usageStatus : 1);
    }
  };
}

let outputHasFailed = false;

/** Reports an error of standard output, such as that of a full disk, and makes the exit status 1. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of the pipe has closed it, as head(1) does; or this terminal has been closed. Both are no failures of this program.
    const isClosed = error.code === 'EPIPE' || (error.code === 'EIO' && process.stdout.isTTY);
    if (isClosed || outputHasFailed) return;
    outputHasFailed = true;
    console.error(`namespawn: cannot write to standard output: ${error.message}`);
    process.exitCode = 1;
  });
  // There is nowhere to report this.
  process.stderr.on('error', () => {});
}

/** Sets the exit status. After a failure of standard output it stays 1. */
export function exitWith(status: number): void {
  process.exitCode = outputHasFailed ? 1 : status;
}
