// The types of the entries of the option `mounts`.

/** What every mount has. */
export interface MountBase {
  /**
   * Where it is mounted: an absolute path inside, without '..', and not '/'. No part of it may be a symbolic link. What is missing is made, but
   * only in file systems that the set-up has made (an empty root, a tmpfs, an overlay), and never in a directory of the host.
   */
  destination: string;
  /**
   * Whether the entry is left out where it is not possible: a source that does not exist, a destination of 'mask' that does not exist, a new
   * file system that the kernel refuses. Default: false.
   */
  optional?: boolean | undefined;
  /**
   * Whether nothing can be written: for 'bind' with all mounts below it, at once; for file systems that are made, as soon as all mounts are
   * made. Default: false. Linux 5.12.
   */
  readOnly?: boolean | undefined;
  /** Whether set-user-ID bits and file capabilities are ignored. Default: false for 'bind', 'file' and 'overlay', else true. */
  nosuid?: boolean | undefined;
  /** Whether devices cannot be opened. Default: false for 'bind', 'file', 'overlay', 'dev' and 'devpts', else true. */
  nodev?: boolean | undefined;
  /** Whether no program can be executed. Default: true for 'proc', 'sysfs', 'cgroup2', 'mqueue' and 'devpts', else false. */
  noexec?: boolean | undefined;
}

/** A directory or a file of the caller's. */
export interface BindMount extends MountBase {
  /** Says what the entry is. */
  type: 'bind';
  /**
   * A path as the caller sees it, or a descriptor of a file or directory of the caller's mount namespace, which must still have a path.
   * Symbolic links are followed.
   */
  source: string | number;
  /**
   * Whether the mounts below the source are mounted as well. In a user namespace the kernel refuses false where there are such mounts, because
   * it would show what they hide. Default: true.
   */
  recursive?: boolean | undefined;
}

/** An empty file system in memory. tmpfs(5) */
export interface TmpfsMount extends MountBase {
  /** Says what the entry is. */
  type: 'tmpfs';
  /** Its size in bytes, or a text such as '64m' or '10%'. Default: the kernel's, half of the memory. */
  size?: number | string | undefined;
  /** How many files and directories it may contain. Default: the kernel's. */
  inodes?: number | undefined;
  /** The mode of its root directory. Default: 0o1777. */
  mode?: number | undefined;
}

/** Directories on top of each other, of which only the upper one is written to. */
export interface OverlayMount extends MountBase {
  /** Says what the entry is. */
  type: 'overlay';
  /** The directories, the first on top. At most 50. */
  lower: readonly string[];
  /** Where changes go. A directory can be the upper one of only one overlay at a time. Default: a tmpfs that ends with the command. */
  upper?: string | undefined;
  /** An empty directory of the same file system as `upper`, which needs it. */
  work?: string | undefined;
}

/** A procfs of the PID namespace of the command. proc(5) */
export interface ProcMount extends MountBase {
  /** Says what the entry is. */
  type: 'proc';
  /** Which processes of other users are visible. Default: 'off', all. */
  hidepid?: 'off' | 'noaccess' | 'invisible' | 'ptraceable' | undefined;
  /** 'pid' shows processes only, and nothing of the machine. */
  subset?: 'pid' | undefined;
}

/**
 * A small /dev: null, zero, full, random, urandom and tty of the host, the links fd, stdin, stdout, stderr, core and ptmx, and what the fields
 * say.
 */
export interface DevMount extends MountBase {
  /** Says what the entry is. */
  type: 'dev';
  /** Whether there is a devpts of its own in pts. Default: true. */
  pts?: boolean | undefined;
  /** Whether there is a directory shm, in which everybody may write. Default: true. */
  shm?: boolean | undefined;
}

/**
 * A file system of the kernel's. In a user namespace a mqueue needs 'ipc', a cgroup2 'cgroup' and a sysfs 'net' among the namespaces, since
 * they belong to them.
 */
export interface KernelMount extends MountBase {
  /** The type of the file system. */
  type: 'devpts' | 'mqueue' | 'sysfs' | 'cgroup2';
}

/** A file with this content, in memory. */
export interface FileMount extends MountBase {
  /** Says what the entry is. */
  type: 'file';
  /** What the file contains. */
  content: string | Uint8Array;
  /** Default: 0o644. */
  mode?: number | undefined;
}

/** A directory. If there is one already, it stays as it is. */
export interface DirectoryEntry extends Pick<MountBase, 'destination' | 'optional'> {
  /** Says what the entry is. */
  type: 'directory';
  /** Default: 0o755. */
  mode?: number | undefined;
}

/** A symbolic link. If the same link is there already, it stays. */
export interface SymlinkEntry extends Pick<MountBase, 'destination' | 'optional'> {
  /** Says what the entry is. */
  type: 'symlink';
  /** What the link contains. */
  target: string;
}

/** Hides a directory by an empty one, and a file by /dev/null. */
export interface MaskEntry extends Pick<MountBase, 'destination' | 'optional'> {
  /** Says what the entry is. */
  type: 'mask';
}

/** An entry of the option `mounts`. */
export type Mount =
  | BindMount
  | TmpfsMount
  | OverlayMount
  | ProcMount
  | DevMount
  | KernelMount
  | FileMount
  | DirectoryEntry
  | SymlinkEntry
  | MaskEntry;
