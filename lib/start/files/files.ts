// Reads, writes, lists and removes files inside. docs/files.md
import {invalidArgValue, NamespaceError} from '../../errors/errors.js';
import {ENOENT, EOVERFLOW} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {flagOr, isGiven, maxId, validateInteger} from '../../shared/validate.js';
import {Content} from './content.js';
import {
  bytesOf,
  defaultMaxSize,
  type FileEntry,
  type ListOptions,
  maxCount,
  type ReadFileOptions,
  type RemoveOptions,
  readGiven,
  resolvePath,
  sizeOr,
  type WriteFileOptions,
} from './options.js';
import {resolvePatterns} from './patterns.js';
import {type EntryStatus, ForeignRecord, type RecordReceiver} from './records.js';
import {callWorker, type StartWorker} from './worker.js';

/** -1 as the kernel's chown reads it: the id stays as it is. */
const sameId = 0xffffffff;

export async function readFile(
  startIt: StartWorker,
  given: string,
  options: ReadFileOptions | BufferEncoding | null | undefined,
): Promise<Buffer | string> {
  const path = resolvePath(given);
  const {encoding, maxSize, ...rest} = readGiven('read', options);
  if (isGiven(encoding) && !Buffer.isEncoding(encoding)) {
    throw invalidArgValue('options.encoding', encoding, 'must be an encoding');
  }
  const max = sizeOr(defaultMaxSize, maxSize, 'options.maxSize');
  let content: Content | undefined;
  await callWorker(
    startIt,
    {...rest, step: 'readFile', path, args: ['read', path, max]},
    own<RecordReceiver>({
      entry: (_, {size}) => {
        if (content !== undefined) throw new ForeignRecord();
        content = new Content(size, max);
      },
      content: bytes => content?.append(bytes),
    }),
  );
  const {bytes} = content ?? new Content(0, 0);
  return isGiven(encoding) ? bytes.toString(encoding) : bytes;
}

export async function writeFile(
  startIt: StartWorker,
  given: string,
  data: string | NodeJS.ArrayBufferView,
  options: WriteFileOptions | undefined,
): Promise<void> {
  const path = resolvePath(given);
  const {mode, uid, gid, exclusive, recursive, ...rest} = readGiven('write', options);
  const input = bytesOf(data);
  const permissions = mode ?? 0o644;
  validateInteger(permissions, 'options.mode', 0, 0o7777);
  if (isGiven(uid)) validateInteger(uid, 'options.uid', 0, maxId);
  if (isGiven(gid)) validateInteger(gid, 'options.gid', 0, maxId);
  const flags = flagsOf({
    EXCLUSIVE: flagOr(false, exclusive, 'options.exclusive'),
    PARENTS: flagOr(false, recursive, 'options.recursive'),
  });
  const args = ['write', path, input.byteLength, uid ?? sameId, gid ?? sameId, permissions, flags];
  await callWorker(startIt, {...rest, step: 'writeFile', path, args, input});
}

export async function list(
  startIt: StartWorker,
  given: string,
  options: ListOptions | undefined,
): Promise<FileEntry[]> {
  const path = resolvePath(given);
  const {pattern: globs, maxEntries, ...rest} = readGiven('list', options);
  const pattern = globs ?? '*';
  const patterns = resolvePatterns(typeof pattern === 'string' ? [pattern] : pattern, 'options.pattern');
  const absolute = patterns.find(text => text.startsWith('/'));
  if (absolute !== undefined) throw invalidArgValue('options.pattern', absolute, 'must be relative to the folder');
  const max = sizeOr(10_000, maxEntries, 'options.maxEntries', maxCount);
  const entries: FileEntry[] = [];
  let refused: NamespaceError | undefined;
  await callWorker(
    startIt,
    {...rest, step: 'list', path, args: ['walk', path, flagsOf({HIDDEN: true}), max, 0, ...patterns]},
    own<RecordReceiver>({
      entry: (name, status) => {
        if (entries.length === max) throw new ForeignRecord();
        entries.push(entryOf(name, status));
      },
      // A folder that cannot be read must not look like an empty one.
      skipped: (name, failure) => {
        const where = failure.errno === EOVERFLOW ? path : `${path}/${name}`;
        refused ??= new NamespaceError({...failure, step: 'list', path: where});
      },
    }),
  );
  if (refused !== undefined) throw refused;
  return entries;
}

export async function remove(startIt: StartWorker, given: string, options: RemoveOptions | undefined): Promise<void> {
  const path = resolvePath(given);
  const {recursive, force, ...rest} = readGiven('remove', options);
  const flags = flagsOf({RECURSIVE: flagOr(false, recursive, 'options.recursive')});
  const isForced = flagOr(false, force, 'options.force');
  try {
    await callWorker(startIt, {...rest, step: 'remove', path, args: ['remove', path, flags]});
  } catch (error) {
    const isMissing = error instanceof NamespaceError && error.errno === ENOENT && error.step === 'remove';
    if (!(isForced && isMissing)) throw error;
  }
}

/** Returns the flags of the protocol, by their names in FILES_FLAG_*. */
export function flagsOf(flags: Readonly<Record<string, boolean>>): number {
  return Object.entries(flags).reduce(
    (sum, [name, isSet]) => sum | (isSet ? native().protocol.fileFlags[name]! : 0),
    0,
  );
}

const types = new Map<number, FileEntry['type']>([
  [0o010000, 'fifo'],
  [0o020000, 'character-device'],
  [0o040000, 'directory'],
  [0o060000, 'block-device'],
  [0o100000, 'file'],
  [0o120000, 'symlink'],
  [0o140000, 'socket'],
]);

function entryOf(path: string, {mode, ...status}: EntryStatus): FileEntry {
  return {path, type: types.get(mode & 0o170000) ?? 'file', mode: mode & 0o7777, ...status};
}
