// The files in the result of a command.

/** A file that was collected. */
export interface CollectedFile {
  /** Its content. */
  content: Buffer;
  /** Its permissions: the lower 12 bits of the mode. */
  mode: number;
  /** When its content was changed last, in milliseconds since 1970. */
  modifiedMs: number;
}

/** An entry that matched, and was left out. */
export interface LeftOutFile {
  /** Its path, in the form of the pattern. */
  path: string;
  /**
   * Why: 'EFBIG' (it exceeds `maxSize`), 'ELOOP' (a symbolic link), 'EINVAL' (a FIFO, a socket or a device), 'EACCES' (the command's user may
   * not read it), 'ENAMETOOLONG' (a path of more than 4,095 bytes, or below more than 100 folders), 'EILSEQ' (a name that is not UTF-8),
   * 'EOVERFLOW' (more than `maxFiles`, or more than 1,000 that were left out: nothing behind it was looked at).
   */
  code: string;
}

/** What the option `collect` has collected. */
export interface Collected {
  files: Map<string, CollectedFile>;
  filesLeftOut: LeftOutFile[];
}
