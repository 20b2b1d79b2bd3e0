// The part of the addon that inspects: handles, PIDs across namespaces, credentials, /proc.

/**
 * Functions that answer with a result or the negative errno. Descriptors that they make are close-on-exec, and closed at the latest
 * when the environment (Worker) ends.
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
  /** By the ioctls from one PID namespace to another; -1 stands for the caller's. */
  translatePid(from: number, to: number, pid: number): number;
  /** The same for many; 0 where a process is not visible. */
  translatePids(from: number, to: number, pids: Int32Array, results: Int32Array): number;

  /** @param request - the number of PIDFD_GET_*_NAMESPACE: 1 to 10 */
  pidfdGetNamespace(pidfd: number, request: number): number;
  pidfdGetInfo(pidfd: number): number | NativePidfdInfo;
  /** The file system's magic number. */
  fstatfs(fd: number): number;

  /** The RTM_GETNSID of a network namespace; -ENODATA where it has none. */
  getNetnsid(fd: number): number;

  unixSocketPair(type: number): number | [number, number];
  sendCredentials(fd: number, pid: number, uid: number, gid: number, data: Uint8Array): number;
  receiveCredentials(fd: number, buffer: Uint8Array): number | NativeReceived;
  setSocketOption(fd: number, option: number, value: number): number;
  peerCredentials(fd: number): number | {pid: number; uid: number; gid: number};
  peerPidfd(fd: number): number;

  /**
   * Files of a /proc/PID, and the ids of its namespaces, all of one process. The files' contents, undefined for
   * one that cannot be read, and last the errno of the links.
   */
  readProcess(
    directory: string,
    files: readonly string[],
    ids: Float64Array | null,
  ): number | (string | number | undefined)[];
  /** Those of /proc/PID/fd that may be namespaces: descriptor, link, descriptor, link ... */
  readNamespaceDescriptors(directory: string): number | (number | string)[];
}

/** What PIDFD_GET_INFO answers; the kernel leaves out what it does not know. */
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

/** A message and who sent it. */
export interface NativeReceived {
  length: number;
  truncated: boolean;
  pid?: number;
  uid?: number;
  gid?: number;
  pidfd?: number;
}
