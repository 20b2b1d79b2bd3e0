// How the subcommands that inspect write: tables, colours, JSON, errors.
import {styleText} from 'node:util';
import type {Command} from 'commander';
import stringWidth from 'string-width';
import type {NamespaceSource} from '../handle/source.js';

/** A column of a table. */
export interface TableColumn<Row> {
  title: string;
  value(row: Row): string | number | undefined;
  /** Numbers stand at the right. */
  align?: 'left' | 'right';
}

/** Whether to use colour: on a terminal that has it, unless NO_COLOR is set (https://no-color.org). */
export function hasColours(): boolean {
  return process.stdout.isTTY === true && process.stdout.hasColors();
}

/** A text in a style of util.styleText, where colours are in use. */
export function styled(style: Parameters<typeof styleText>[0], text: string): string {
  return hasColours() ? styleText(style, text) : text;
}

/**
 * What processes call themselves may hold anything, also sequences that the terminal would act on: as ps(1) does,
 * they become question marks.
 */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}

/** A table with aligned columns. On a terminal the last column is cut where the line ends. */
export function table<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const cells = rows.map(row => columns.map(({value}) => printable(String(value(row) ?? '-'))));
  const titles = columns.map(({title}) => title);
  const widths = titles.map((title, column) =>
    Math.max(stringWidth(title), ...cells.map(line => stringWidth(line[column] ?? ''))),
  );
  const layOut = (line: string[]) =>
    line.map((cell, column) => {
      const blanks = ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
      if (columns[column]?.align === 'right') return blanks + cell;
      return column === line.length - 1 ? cell : cell + blanks;
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
  const width = process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
  if (!(width > 0) || stringWidth(line) <= width) return line;
  let kept = '';
  for (const {segment} of new Intl.Segmenter().segment(line)) {
    if (stringWidth(kept + segment) >= width) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Writes JSON, with null for what is not known. */
export function writeJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, (_, member) => (member === undefined ? null : member), 2)}\n`);
}

/** A TARGET or PID of the command line: a PID, or a path to a namespace. */
export function parseTarget(text: string): NamespaceSource {
  return /^\d+$/.test(text) ? Number(text) : {path: text};
}

/** A number of the command line. */
export function parseNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Number.NaN;
}

/** Wraps a subcommand's action: an error is told in one line, and the exit code is 1. */
export function reporting<Arguments extends unknown[]>(
  action: (...args: Arguments) => void | Promise<void>,
): (...args: [...Arguments, Command]) => Promise<void> {
  return async (...args) => {
    // The reader of a pipe may have seen enough.
    process.stdout.on('error', error => process.exit((error as NodeJS.ErrnoException).code === 'EPIPE' ? 0 : 1));
    try {
      await action(...(args as unknown as Arguments));
    } catch (error) {
      process.stderr.write(`namespawn: ${error instanceof Error ? error.message : error}\n`);
      process.exitCode = 1;
    }
  };
}
