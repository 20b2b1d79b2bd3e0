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
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Err;
  readonly stdio: [In, Out, Err, NamespacedProcess['stdio'][3], NamespacedProcess['stdio'][4]];
}

/** A {@link NamespacedProcess} whose stdin, stdout and stderr are pipes, which is the default. */
export interface NamespacedProcessWithStreams extends NamespacedProcessByStdio<Writable, Readable, Readable> {}

/** A {@link NamespacedProcess} with a pseudo-terminal, which takes the place of the three streams. */
export interface NamespacedProcessWithPty extends NamespacedProcessByStdio<null, null, null> {
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

/** What an entry of `stdio` may be, where its stream is known. */
export type StdioEntryType = StdioPipe | StdioNull;

/** The options of a command whose stdin, stdout and stderr are given one by one. */
export interface StdioTuple<In extends StdioEntryType, Out extends StdioEntryType, Err extends StdioEntryType> {
  stdio: [In, Out, Err];
  pty?: false | undefined;
}

/** The stream of an entry of `stdio`: null unless it is a pipe. */
export type StreamOf<Entry extends StdioEntryType, Stream> = Entry extends StdioPipe ? Stream : null;

/** The child of a command whose stdin, stdout and stderr are given one by one. */
export type ChildOfTuple<
  In extends StdioEntryType,
  Out extends StdioEntryType,
  Err extends StdioEntryType,
> = NamespacedProcessByStdio<StreamOf<In, Writable>, StreamOf<Out, Readable>, StreamOf<Err, Readable>>;

/** The arguments after the command: options, or arguments for the command and options. */
export type Call<Options> = [options: Options] | [args: readonly string[] | null | undefined, options: Options];

/** The same where both may be left out. */
export type OptionalCall<Options> = [args?: readonly string[] | null, options?: Options] | [options?: Options];
