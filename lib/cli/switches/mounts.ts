// The switches of `namespawn run` for the file system. Their order is the order of the mounts, as in bwrap(1).
import path from 'node:path';
import type {Command} from 'commander';
import type {Mount} from '../../features/mount-types.js';
import type {RootOption} from '../../features/root.js';
import type {SpawnOptions} from '../../start/options/spawn-options.js';
import {ListedOption} from '../several-values.js';
import {UsageError} from '../words.js';
import {parseMode} from './mount-fields.js';
import {type MountSwitch, mountTable, type Prefixes} from './mount-table.js';

/** A switch of a mount, as it was given. */
interface Word {
  name: string;
  values: readonly string[];
}

/** The switches of the file system. */
export interface MountSwitches {
  mounts?: Word[];
  root?: string;
  readOnly?: boolean;
  chdir?: string;
}

/** The options of the library, and the words that stand for each of `mounts`. */
export interface FileSystem extends Pick<SpawnOptions, 'root' | 'mounts' | 'cwd'> {
  mountWords: readonly string[];
}

const nameOf = (flags: string): string => flags.split(' ')[0]!;
const table: ReadonlyMap<string, MountSwitch> = new Map(mountTable.map(each => [nameOf(each.flags), each]));
/** The switches that are about the next one, or about one before. */
const others = [
  ['--perms <octal>', 'the mode of the next --tmpfs, --dir, --file or --bind-data'],
  ['--size <bytes>', 'the size of the next --tmpfs'],
  ['--overlay-src <src>', 'a folder of the next overlay, on top of those before'],
  ['--remount-ro <dest>', 'make what an earlier switch mounts on DEST read-only'],
] as const;

/** Adds the switches. */
export function addMountSwitches(command: Command): void {
  command
    .option('--root <dir>', "the root directory: a folder; 'empty'; or 'host', the default")
    .option('--read-only', 'make the root directory read-only, except for what the following switches mount');
  const add = (flags: string, description: string): void => {
    const parse = (values: readonly string[]): Word => ({name: nameOf(flags), values});
    command.addOption(new ListedOption(flags, description, 'mounts', parse));
  };
  for (const {flags, description} of mountTable) add(flags, description);
  for (const [flags, description] of others) add(flags, description);
  command.option('--chdir <dir>', 'the working directory inside. Default: this one if it exists there, or /');
}

/**
 * Returns the options that the switches stand for.
 * @param before - what they are added to
 * @param source - the file from which that is
 */
export function toFileSystem(
  switches: MountSwitches,
  before: Pick<SpawnOptions, 'root' | 'mounts'> = {},
  source = '',
): FileSystem {
  const {mounts: words = [], root, readOnly, chdir} = switches;
  const layout = new Layout(root === undefined ? (before.root ?? undefined) : toRoot(root), root !== undefined);
  for (const word of words) layout.add(word);
  layout.end();
  const mounts = [...(before.mounts ?? []), ...layout.mounts];
  return {
    root: readOnly ? asReadOnly(layout.root) : layout.root,
    ...(mounts.length > 0 ? {mounts} : {}),
    ...(chdir === undefined ? {} : {cwd: chdir}),
    mountWords: [...(before.mounts ?? []).map((_, index) => `"mounts[${index}]" of ${source}`), ...layout.words],
  };
}

/** What the switches have made so far. */
class Layout {
  readonly mounts: Mount[] = [];
  readonly words: string[] = [];
  root: RootOption | undefined;
  readonly #hasRoot: boolean;
  #prefixes: Prefixes = {lower: []};

  constructor(root: RootOption | undefined, hasRoot: boolean) {
    this.root = root;
    this.#hasRoot = hasRoot;
  }

  add({name, values}: Word): void {
    const [value = ''] = values;
    if (name === '--perms') this.#prefixes.mode = parseMode(name, value);
    else if (name === '--size') this.#prefixes.size = parseSize(value);
    else if (name === '--overlay-src') this.#prefixes.lower.unshift(value);
    else if (name === '--remount-ro') this.#remount(value);
    else this.#mount(table.get(name)!, [name, ...values].join(' '), values);
  }

  /** Refuses prefixes that nothing has followed. */
  end(): void {
    this.#refuseAllBut([]);
  }

  #mount({takes = [], entry}: MountSwitch, words: string, values: readonly string[]): void {
    this.#refuseAllBut(takes);
    const isOverlay = takes.includes('lower');
    if (isOverlay && this.#prefixes.lower.length === 0) throw new UsageError(`${words} needs --overlay-src before it`);
    const mount = entry(values, this.#prefixes);
    if (isRoot(mount.destination)) this.#setRoot(mount, words);
    else {
      this.mounts.push(mount);
      this.words.push(words);
    }
    this.#prefixes = {lower: []};
  }

  #refuseAllBut(takes: readonly (keyof Prefixes)[]): void {
    const {mode, size, lower} = this.#prefixes;
    const refuse = (prefix: string, needed: string) => {
      throw new UsageError(`${prefix} must be followed by ${needed}`);
    };
    if (mode !== undefined && !takes.includes('mode')) {
      refuse('--perms', '--tmpfs, --dir, --file, --bind-data or --ro-bind-data');
    }
    if (size !== undefined && !takes.includes('size')) refuse('--size', '--tmpfs');
    if (lower.length > 0 && !takes.includes('lower')) {
      refuse('--overlay-src', '--overlay, --tmp-overlay or --ro-overlay');
    }
  }

  #setRoot(mount: Mount, words: string): void {
    if (this.#hasRoot) throw new UsageError(`${words} cannot be used with --root`);
    if (this.mounts.length > 0) throw new UsageError(`${words} must come before all other mounts`);
    const {mode, size} = this.#prefixes;
    if (mode !== undefined || size !== undefined) throw new UsageError(`${words}: / takes no --perms and no --size`);
    if (mount.type === 'tmpfs') this.root = 'empty';
    else if (mount.type === 'bind' && typeof mount.source === 'string') {
      this.root = {bind: mount.source, readOnly: mount.readOnly};
    } else if (mount.type === 'overlay' && !mount.readOnly) {
      this.root = {overlay: mount.lower, upper: mount.upper, work: mount.work};
    } else throw new UsageError(`${words}: this cannot be the root directory`);
  }

  #remount(destination: string): void {
    if (isRoot(destination)) {
      this.root = asReadOnly(this.root);
      return;
    }
    const index = this.mounts.findLastIndex(mount => normalize(mount.destination) === normalize(destination));
    const mount = this.mounts[index];
    if (mount === undefined) throw new UsageError(`--remount-ro ${destination}: no earlier switch mounts on it`);
    if (mount.type === 'directory' || mount.type === 'symlink' || mount.type === 'mask') {
      throw new UsageError(`--remount-ro ${destination}: ${this.words[index]} mounts nothing`);
    }
    this.mounts[index] = {...mount, readOnly: true};
  }
}

function parseSize(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new UsageError(`--size must be a number of bytes, and is '${text}'`);
}

function toRoot(text: string): RootOption {
  return text === 'host' || text === 'empty' ? text : {bind: text};
}

function asReadOnly(root: RootOption | undefined): RootOption {
  if (root === undefined || root === 'host' || root === 'readonly') return 'readonly';
  if (typeof root === 'object' && 'bind' in root) return {...root, readOnly: true};
  throw new UsageError('only the root of the host, or a folder as root, can be made read-only');
}

function normalize(destination: string): string {
  return path.posix.resolve('/', destination);
}

/** The entry may be one of --mount, which the library has not checked yet. */
function isRoot(destination: unknown): boolean {
  return typeof destination === 'string' && destination.startsWith('/') && normalize(destination) === '/';
}
