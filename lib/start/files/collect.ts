// The option `collect` of run(): the files that a command has left, read when it has ended.
import {NamespaceError} from '../../errors/errors.js';
import {errnoName} from '../../shared/errno.js';
import {EILSEQ, ESRCH} from '../../shared/kernel.js';
import {KnownOptions, namesOf} from '../../shared/known-options.js';
import {own} from '../../shared/own.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import type {Collected, CollectedFile, LeftOutFile} from '../process/collected-files.js';
import {Content} from './content.js';
import {flagsOf} from './files.js';
import {defaultMaxSize, maxCount, sizeOr} from './options.js';
import {resolvePatterns} from './patterns.js';
import {type EntryStatus, ForeignRecord} from './records.js';
import {callWorker, checkFileOptions, type FileOptions, type StartWorker} from './worker.js';

/** Which files {@link RunOptions.collect} collects, and how much. */
export interface CollectOptions extends Pick<FileOptions, 'timeout'> {
  /** Globs of files, relative to the working directory of the command, or absolute. */
  patterns: readonly string[];
  /** The largest sum of their sizes in bytes. A file that would exceed it is left out. Default: 64 MiB. */
  maxSize?: number | undefined;
  /** The largest number of files. Default: 1,000. */
  maxFiles?: number | undefined;
}

/** The option after validation. */
export interface ResolvedCollect {
  patterns: string[];
  maxSize: number;
  maxFiles: number;
  timeout: number | undefined;
}

const collectOptions = new KnownOptions(
  namesOf<CollectOptions>({patterns: true, maxSize: true, maxFiles: true, timeout: true}),
);

/** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE */
export function resolveCollect(option: readonly string[] | CollectOptions): ResolvedCollect {
  if (Array.isArray(option)) return resolveCollect({patterns: option});
  const {patterns, maxSize, maxFiles, timeout} = collectOptions.read(option as CollectOptions, 'options.collect');
  checkFileOptions(own({timeout}), 'options.collect');
  return {
    patterns: resolvePatterns(patterns, Array.isArray(option) ? 'options.collect' : 'options.collect.patterns'),
    maxSize: sizeOr(defaultMaxSize, maxSize, 'options.collect.maxSize'),
    maxFiles: sizeOr(1000, maxFiles, 'options.collect.maxFiles', maxCount),
    timeout,
  };
}

/** The worker sends one more, which says that there are more: SKIPPED_MAX of walk.c. */
const leftOutMax = 1000;

const notText = errnoName(EILSEQ);

/** Receives the files of one worker. */
class Collection implements Collected {
  readonly files = new Map<string, CollectedFile>();
  readonly filesLeftOut: LeftOutFile[] = [];
  #current: {path: string; status: EntryStatus; content: Content; isText: boolean} | undefined;
  #sizeLeft: number;
  #filesLeft: number;
  #skipped = 0;

  constructor({maxSize, maxFiles}: Pick<ResolvedCollect, 'maxSize' | 'maxFiles'>) {
    this.#sizeLeft = maxSize;
    this.#filesLeft = maxFiles;
  }

  entry(path: string, status: EntryStatus, isText: boolean): void {
    this.finish();
    if (this.#filesLeft-- === 0) throw new ForeignRecord();
    this.#current = {path, status, content: new Content(status.size, this.#sizeLeft), isText};
  }

  content(bytes: Buffer): void {
    this.#current?.content.append(bytes);
  }

  skipped(path: string, {errno}: {errno: number}): void {
    // It may have become unreadable, or too large, while it was read.
    if (this.#current?.path === path) this.#current = undefined;
    this.finish();
    if (this.#skipped++ > leftOutMax) throw new ForeignRecord();
    this.filesLeftOut.push({path, code: errnoName(errno)});
  }

  /** The file that came last is complete. */
  finish(): void {
    if (this.#current === undefined) return;
    const {path, status, content, isText} = this.#current;
    this.#current = undefined;
    this.#sizeLeft -= content.size;
    if (!isText) this.filesLeftOut.push({path, code: notText});
    else this.files.set(path, {content: content.bytes, mode: status.mode & 0o7777, modifiedMs: status.modifiedMs});
  }
}

/**
 * Collects the files of a command that has ended, with the rights that it had.
 * @param options - those of the command
 * @throws by rejection: NamespaceError of the step `collect`
 */
export async function collect(
  startIt: StartWorker,
  {patterns, maxSize, maxFiles, timeout}: ResolvedCollect,
  {cwd, uid, gid, groups}: Pick<ProcessOptions, 'cwd' | 'uid' | 'gid' | 'groups'>,
): Promise<Collected> {
  const collection = new Collection({maxSize, maxFiles});
  const args = ['walk', '', flagsOf({CONTENT: true}), maxFiles, maxSize, ...patterns];
  try {
    await callWorker(
      startIt,
      {step: 'collect', path: undefined, args, cwd, as: {uid, gid, groups}, timeout},
      collection,
    );
  } catch (error) {
    if (!(error instanceof NamespaceError)) throw error;
    // The command has removed its working directory, or replaced it.
    if (error.step === 'cwd') return {files: new Map(), filesLeftOut: [{path: `${cwd}`, code: error.code}]};
    // The namespaces have ended, and the files with them. The result of the command says why.
    if (error.errno !== ESRCH) throw error;
    return {files: new Map(), filesLeftOut: []};
  }
  collection.finish();
  const sorted = [...collection.files].sort(([a], [b]) => (a < b ? -1 : 1));
  return {files: new Map(sorted), filesLeftOut: collection.filesLeftOut};
}
