// What the file system of a command consists of: types that the interface of the features and those of the file system share.
import type {HostIds} from '../shared/hint.js';
import type {OpenNamespace} from '../shared/source.js';

/** Which part of the options an operation belongs to. If the operation fails, its error has these fields. */
export interface Step {
  /** The name of the option. */
  step: string;
  /** The index of the entry, if the option is a list. */
  index?: number | undefined;
  /** Finds the index after a failure, for an operation on a whole list: the kernel does not report which entry it has refused. */
  findIndex?: ((errno: number) => number | undefined) | undefined;
  /** The path that the operation uses. */
  path?: string;
  /** The ids outside that it maps. */
  ids?: readonly HostIds[];
}

/** Something that nsinit opens before anything is mounted. The names are those of src-native/protocol/mounts.h. */
export interface Source {
  how: 'TREE' | 'RECURSIVE_TREE' | 'LAYER' | 'UPPER';
  source: string | number;
  isOptional: boolean;
}

/** One operation MOUNT. */
export interface Part {
  step: Step;
  kind: 'FILE_SYSTEM' | 'BIND' | 'OVERLAY' | 'FILE' | 'DIRECTORY' | 'SYMLINK' | 'MASK' | 'SEAL';
  /** Names of NSINIT_MOUNT_FLAGS. */
  flags: readonly string[];
  sources: readonly Source[];
  /** The destination, and what follows it. */
  texts: string | Buffer;
  mode?: number;
  argument?: number;
}

/** The directory in which the parts are mounted. */
export interface ResolvedRoot {
  kind: 'HOST' | 'READONLY' | 'EMPTY' | 'BIND' | 'OVERLAY';
  flags: readonly string[];
  sources: readonly Source[];
}

interface Closable extends OpenNamespace {
  close(): void;
}

/** A mount namespace with the root, and the user namespace that owns it if an ordinary user has made it. */
export interface Template {
  mnt: Closable;
  user: Closable | undefined;
}

/** What a prepared root consists of. */
export interface PreparedContent {
  root: ResolvedRoot;
  /** What all users share, and nobody can change. */
  shared: readonly Part[];
  /** What is mounted for each user. */
  fresh: readonly Part[];
  /** Whether nothing may be made in what all share. */
  isSealed: boolean;
  template: Template | undefined;
}
