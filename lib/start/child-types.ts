// The types of a child by its options: which streams it has, as in the types of child_process, and whether it has a terminal.
import type {StdioNull, StdioPipe} from 'node:child_process';
import type {Readable, Writable} from 'node:stream';
import type {PtyOptions} from '../features/terminal.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import type {PseudoTerminal} from './process/pseudo-terminal.js';

/** A {@link NamespacedProcess} whose streams are known from its `stdio`: the ChildProcessByStdio of child_process. */
export interface NamespacedProcessByStdio<
  In extends Writable | null,
  Out extends Readable | null,
  Err extends Readable | null,
> extends NamespacedProcess {
  /** The command's stdin. */
  readonly stdin: In;
  /** The command's stdout. */
  readonly stdout: Out;
  /** The command's stderr. */
  readonly stderr: Err;
  /** The streams of all descriptors of the command, null for one that is not a pipe. */
  readonly stdio: [In, Out, Err, NamespacedProcess['stdio'][3], NamespacedProcess['stdio'][4]];
}

/** A {@link NamespacedProcess} whose stdin, stdout and stderr are pipes, which is the default. */
export interface NamespacedProcessWithStreams extends NamespacedProcessByStdio<Writable, Readable, Readable> {}

/** A {@link NamespacedProcess} with a pseudo-terminal, which takes the place of the three streams. */
export interface NamespacedProcessWithPty extends NamespacedProcessByStdio<null, null, null> {
  /** The other end of the terminal. */
  readonly pty: PseudoTerminal;
}

/** The options of a command whose stdin, stdout and stderr are pipes. */
export interface Pipes {
  stdio?: 'pipe' | undefined;
  pty?: false | undefined;
}

/** The options of a command with a pseudo-terminal. */
export interface WithPty {
  pty: true | PtyOptions;
}

/** What an entry of `stdio` may be, so that its stream is known. */
type Entry = StdioPipe | StdioNull;

/** What `stdio` may be, so that the streams are known: entries for stdin, stdout and stderr. */
export type StdioEntries = [stdin: Entry, stdout: Entry, stderr: Entry];

/** The options of a command whose stdin, stdout and stderr are given one by one. */
export interface WithStdio<Stdio extends StdioEntries> {
  stdio: Stdio;
  pty?: false | undefined;
}

/** The stream of an entry of `stdio`: null unless it is a pipe. */
type StreamOf<Given extends Entry, Stream> = Given extends StdioPipe ? Stream : null;

/** The child of a command whose stdin, stdout and stderr are given one by one. */
export type ChildOf<Stdio extends StdioEntries> = NamespacedProcessByStdio<
  StreamOf<Stdio[0], Writable>,
  StreamOf<Stdio[1], Readable>,
  StreamOf<Stdio[2], Readable>
>;

/** The arguments after the command: options, or arguments for the command and options. */
export type Call<Options> = [options: Options] | [args: readonly string[] | null | undefined, options: Options];

/** The same where both may be left out. */
export type OptionalCall<Options> = [args?: readonly string[] | null, options?: Options] | [options?: Options];
