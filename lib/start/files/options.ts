// The options of the functions for files, and what they return.
import {constants} from 'node:buffer';
import path from 'node:path';
import {invalidArgType, invalidArgValue} from '../../errors/errors.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {own} from '../../shared/own.js';
import {isGiven, validateInteger, validateNoNul, validateString} from '../../shared/validate.js';
import {checkFileOptions, type FileOptions} from './worker.js';

/** Options of {@link Sandbox.readFile}. */
export interface ReadFileOptions extends FileOptions {
  /** The encoding of the content as a string. Default: none, which returns a Buffer. */
  encoding?: BufferEncoding | null | undefined;
  /** The largest size in bytes. A larger file, a sparse one as well, is refused with EFBIG and not read. Default: 64 MiB. */
  maxSize?: number | undefined;
}

/** Options of {@link Sandbox.writeFile}. */
export interface WriteFileOptions extends FileOptions {
  /** The mode of the file, whatever the umask is. Default: 0o644. */
  mode?: number | undefined;
  /** The user id of the owner inside. Default: that of the user who writes it. chown(2) */
  uid?: number | undefined;
  /** The group id of the owner inside. Default: that of the user who writes it. */
  gid?: number | undefined;
  /** Whether it is an error (EEXIST) if there is such a file. Default: false, which replaces it. */
  exclusive?: boolean | undefined;
  /** Whether missing folders are made, with the same owner and the mode 0o755. Default: false. */
  recursive?: boolean | undefined;
}

/** Options of {@link Sandbox.list}. */
export interface ListOptions extends FileOptions {
  /**
   * Which entries below the folder, as a glob or several: `'**'` for all of them, `'*.txt'`, `'src/**\/*.{c,h}'`. Names that begin with a dot
   * are matched like others. Default: `'*'`, the entries of the folder itself.
   */
  pattern?: string | readonly string[] | undefined;
  /** The largest number of entries. More are refused with EOVERFLOW. Default: 10,000. */
  maxEntries?: number | undefined;
}

/** Options of {@link Sandbox.remove}. */
export interface RemoveOptions extends FileOptions {
  /** Whether a folder is removed with all that is in it. Default: false, which removes files and empty folders. */
  recursive?: boolean | undefined;
  /** Whether it is no error if there is nothing to remove. Default: false. */
  force?: boolean | undefined;
}

/** An entry of a folder inside. */
export interface FileEntry {
  /** Its path, relative to the folder that was listed. A byte that is not UTF-8 is a replacement character. */
  path: string;
  /** What it is. */
  type: 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'character-device' | 'block-device';
  /** Its size in bytes. */
  size: number;
  /** Its permissions: the lower 12 bits of the mode. */
  mode: number;
  /** The user id of its owner inside. An id that is not mapped is 65534. */
  uid: number;
  /** The group id of its owner inside. */
  gid: number;
  /** When its content was changed last, in milliseconds since 1970. */
  modifiedMs: number;
}

export const defaultMaxSize = 64 * 1024 * 1024;
export const maxCount = 0x7fffffff;

const fileNames = namesOf<FileOptions>({as: true, timeout: true, signal: true});
const readOptions = new KnownOptions([
  ...fileNames,
  ...namesOf<Omit<ReadFileOptions, keyof FileOptions>>({encoding: true, maxSize: true}),
]);
const writeOptions = new KnownOptions([
  ...fileNames,
  ...namesOf<Omit<WriteFileOptions, keyof FileOptions>>({
    mode: true,
    uid: true,
    gid: true,
    exclusive: true,
    recursive: true,
  }),
]);
const listOptions = new KnownOptions([
  ...fileNames,
  ...namesOf<Omit<ListOptions, keyof FileOptions>>({pattern: true, maxEntries: true}),
]);
const removeOptions = new KnownOptions([
  ...fileNames,
  ...namesOf<Omit<RemoveOptions, keyof FileOptions>>({recursive: true, force: true}),
]);
const asOptions = new KnownOptions(namesOf<NonNullable<FileOptions['as']>>({uid: true, gid: true, groups: true}));

const readers = own({read: readOptions, write: writeOptions, list: listOptions, remove: removeOptions});

/** Copies and checks what all functions have. A string stands for the encoding, as in node:fs. */
export function readGiven<Options extends FileOptions>(
  of: keyof typeof readers,
  options: Options | BufferEncoding | null | undefined,
): Options {
  const given = typeof options === 'string' ? ({encoding: options} as unknown as Options) : options;
  const copy = readers[of].read<Options>(given);
  checkFileOptions(copy);
  if (isGiven(copy.as)) asOptions.read(copy.as, 'options.as');
  return copy;
}

export function sizeOr(byDefault: number, value: unknown, name: string, max: number = constants.MAX_LENGTH): number {
  if (!isGiven(value)) return byDefault;
  validateInteger(value, name, 0, max);
  return value;
}

/** Returns a path without `.`, `..` and repeated slashes. Links are not followed, so that `..` means the same as in the text. */
export function resolvePath(given: unknown): string {
  validateString(given, 'path');
  validateNoNul(given, 'path');
  if (!given.startsWith('/')) {
    throw invalidArgValue('path', given, 'must be absolute: a sandbox has no working directory');
  }
  const normal = path.posix.normalize(given);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** Returns the bytes of the data, without a copy where there are any. */
export function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw invalidArgType('data', 'of type string or an instance of Buffer, TypedArray or DataView', data);
}
