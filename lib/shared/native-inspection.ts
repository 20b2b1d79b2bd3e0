// The types of the addon's functions that inspect: handles, PIDs, credentials and /proc.

/**
 * Functions that return a result or a negated errno. Descriptors that they return are close-on-exec. When the environment (Worker) ends,
 * those that are still open are closed.
 */
export interface NativeInspection {
  nsGetUserns(fd: number): number;
  nsGetParent(fd: number): number;
  nsGetNstype(fd: number): number;
  nsGetOwnerUid(fd: number): number;
  nsGetPidFromPidns(fd: number, pid: number): number;
  nsGetTgidFromPidns(fd: number, pid: number): number;
  nsGetPidInPidns(fd: number, pid: number): number;
  nsGetTgidInPidns(fd: number, pid: number): number;
  /** open(2), for reading. */
  openNamespaceFile(path: string): number;
  /** Returns the id that is unique until the next boot. */
  nsGetId(fd: number): number | bigint;
  /** Opens a namespace by that id, its CLONE_NEW* and its inode number. `fd` is a descriptor of any namespace. */
  openNamespaceById(fd: number, id: bigint, cloneFlag: number, inode: number): number;
  /** Opens the network namespace of a socket: SIOCGSKNS. */
  netnsOfSocket(fd: number): number;
  /** Mounts a namespace on a file. */
  bindNamespace(fd: number, path: string): number;
  /** mount(2) of no file system type: for bind mounts and propagation. */
  mount(source: string, target: string, flags: number): number;
  /** umount2(2) with MNT_DETACH and UMOUNT_NOFOLLOW. */
  unmount(path: string): number;
  /** flock(2) of an open file, without waiting. */
  lock(fd: number): number;
  /** Watches the files of a directory. Returns an id, which events of the directory carry. */
  watchDirectory(path: string): number;
  /** Returns "+name" for each file that has come, "-name" for each that is gone, and "" where events are lost. */
  readDirectoryEvents(id: number): string[];
  /** Assigns an id to a network namespace in the caller's (RTM_NEWNSID). -1 lets the kernel choose. */
  setNetnsid(fd: number, id: number): number;
  /** Lists the ids of network namespaces that the caller's, or the one with the id `target`, knows: pairs of id and the caller's id, or -1. */
  listNetnsids(target: number): number | number[];
  /** Receives descriptors of namespaces from nsinit. */
  receiveNamespaces(socket: number): number | number[];
  /** Translates a PID between two PID namespaces by ioctls. -1 stands for the caller's own. */
  translatePid(from: number, to: number, pid: number): number;
  /** Translates many PIDs. The result is 0 for a process that is not visible. */
  translatePids(from: number, to: number, pids: Int32Array, results: Int32Array): number;

  /** @param request - the number of PIDFD_GET_*_NAMESPACE: 1 to 10 */
  pidfdGetNamespace(pidfd: number, request: number): number;
  pidfdGetInfo(pidfd: number): number | NativePidfdInfo;
  /** Returns the magic number of the file system. */
  fstatfs(fd: number): number;

  /** Returns the id of a network namespace in the caller's (RTM_GETNSID); -ENODATA if it has none. */
  getNetnsid(fd: number): number;

  unixSocketPair(type: number): number | [number, number];
  sendCredentials(fd: number, pid: number, uid: number, gid: number, data: Uint8Array): number;
  receiveCredentials(fd: number, buffer: Uint8Array): number | NativeReceived;
  setSocketOption(fd: number, option: number, value: number): number;
  peerCredentials(fd: number): number | {pid: number; uid: number; gid: number};
  peerPidfd(fd: number): number;

  /**
   * Reads files of a /proc/PID and the ids of its namespaces through one descriptor. Returns the contents of the files (undefined for a
   * file that cannot be read), followed by the errno of the links.
   */
  readProcess(
    directory: string,
    files: readonly string[],
    ids: Float64Array | null,
  ): number | (string | number | undefined)[];
  /**
   * Returns the entries of /proc/PID/fd that may be namespaces, alternating the number of a descriptor and the text of its link. The text is
   * "/" for a namespace (a file of the device of nsfs) whose bind mount is gone.
   */
  readNamespaceDescriptors(directory: string, device: number): number | (number | string)[];
  /** Returns a process's sockets in another network namespace than its own, alternating the descriptor and the id of the namespace. */
  readSocketNamespaces(directory: string, pid: number, own: number): number[];
  /** Opens the network namespace of another process's socket. */
  openSocketNamespace(pid: number, fd: number): number;
}

/** The result of PIDFD_GET_INFO. Fields that the kernel does not fill in are absent. */
export interface NativePidfdInfo {
  pid?: number;
  tgid?: number;
  ppid?: number;
  ruid?: number;
  rgid?: number;
  euid?: number;
  egid?: number;
  suid?: number;
  sgid?: number;
  fsuid?: number;
  fsgid?: number;
  cgroupid?: bigint;
  exitCode?: number;
}

/** A message with the credentials of its sender. */
export interface NativeReceived {
  length: number;
  truncated: boolean;
  pid?: number;
  uid?: number;
  gid?: number;
  pidfd?: number;
}
