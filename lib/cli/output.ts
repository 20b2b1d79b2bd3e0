// The output of the subcommands that inspect: tables, colours, JSON and errors.
import {styleText} from 'node:util';
import type {Command} from 'commander';
import stringWidth from 'fast-string-width';
import type {NamespaceSource} from '../shared/source.js';

/** A column of a table. */
export interface TableColumn<Row> {
  title: string;
  value(row: Row): string | number | undefined;
  /** The alignment: 'right' for numbers. Default: 'left'. */
  align?: 'left' | 'right';
}

/** Returns whether to use colours: on a terminal that supports them, unless NO_COLOR is set (https://no-color.org). */
export function hasColours(): boolean {
  return process.stdout.isTTY === true && process.stdout.hasColors();
}

/** Applies a style of util.styleText to a text if colours are in use. */
export function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return hasColours() ? styleText(style, text) : text;
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
export function table<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
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
  return [titles, ...cells]
    .map((line, index) => {
      const text = fit(layOut(line).join(' '));
      return `${index === 0 ? styled('bold', text) : text}\n`;
    })
    .join('');
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

/** Parses a non-negative whole number of the command line. Returns NaN for anything else. */
export function parseNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Wraps the action of a subcommand: an error is printed as one line, and the exit code becomes 1. */
export function reporting<Arguments extends unknown[]>(
  action: (...args: Arguments) => void | Promise<void>,
): (...args: [...Arguments, Command]) => Promise<void> {
  return async (...args) => {
    // EPIPE is no error: the reader of the pipe has closed it, as head(1) does.
    process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 1));
    try {
      await action(...(args as unknown as Arguments));
    } catch (error) {
      process.stderr.write(`namespawn: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  };
}
