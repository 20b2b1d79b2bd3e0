// The value of --mount, as docker has it: 'type=bind,source=/srv,destination=/data,readonly'.
import type {Mount} from '../../features/mount-types.js';
import {UsageError} from '../words.js';

/** Docker's names of fields, and what the library calls them. */
const names: Readonly<Record<string, string>> = {
  src: 'source',
  dst: 'destination',
  target: 'destination',
  ro: 'readOnly',
  readonly: 'readOnly',
  'tmpfs-size': 'size',
  'tmpfs-mode': 'mode',
};
const booleans = new Set(['readOnly', 'nosuid', 'nodev', 'noexec', 'optional', 'recursive', 'pts', 'shm']);
const words: Readonly<Record<string, boolean>> = {true: true, 1: true, false: false, 0: false};

/** Reads an entry. Which fields its type has, the library checks. */
export function parseMount(text: string): Mount {
  // Without a prototype, since the names of the fields come from outside.
  const entry: Record<string, unknown> = Object.create(null);
  for (const field of splitFields(text)) {
    const [, word, value] = /^([^=]*)(?:=(.*))?$/s.exec(field)!;
    const name = Object.hasOwn(names, word!) ? names[word!]! : word!;
    // The directories of an overlay are given one by one.
    if (name === 'lower') entry.lower = [...((entry.lower as string[]) ?? []), needed(name, value)];
    else if (Object.hasOwn(entry, name)) throw new UsageError(`--mount: ${word} is given twice`);
    else entry[name] = booleans.has(name) ? toBoolean(word!, value) : toValue(name, needed(word!, value));
  }
  return entry as unknown as Mount;
}

/** Splits at commas. As in CSV, a field in double quotes may contain commas, and two quotes for one. */
function splitFields(text: string): string[] {
  const fields: string[] = [];
  const pattern = /\s*(?:"((?:[^"]|"")*)"|([^,"]*))(?:,|$)/gy;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new UsageError(`--mount: the quotes of '${text}' are not closed`);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
  }
  if (fields.length === 0) throw new UsageError('--mount needs fields such as type=tmpfs,destination=/tmp');
  return fields;
}

function needed(name: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`--mount: ${name} needs a value`);
  return value;
}

function toBoolean(name: string, value = 'true'): boolean {
  if (Object.hasOwn(words, value)) return words[value]!;
  throw new UsageError(`--mount: ${name} must be true or false, and is '${value}'`);
}

function toValue(name: string, value: string): string | number {
  if (name === 'mode') return parseMode('--mount: mode', value);
  if (name === 'inodes' && /^\d+$/.test(value)) return Number(value);
  return value;
}

/** Parses an octal mode. */
export function parseMode(name: string, text: string): number {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8);
  throw new UsageError(`${name} must be an octal number, and is '${text}'`);
}
