// The types that the parts of a child share.
import type {Duplex, Readable, Writable} from 'node:stream';
import type {Usage} from '../../shared/events.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import type {Failure} from '../channel/launch-events.js';
import type {Channel, ChannelTarget} from '../ipc/channel.js';
import type {ForceKill} from '../options/resolve.js';
import type {Killable} from './ends.js';
import type {Owner} from './owner.js';
import type {PseudoTerminal} from './pseudo-terminal.js';
import type {Syscalls} from './syscalls.js';

/** The properties of a command that are known before it is launched. */
export interface Started {
  /** The id of the command in its nsinit. */
  id: number;
  owner: Owner;
  file: string;
  argv: string[];
  streams: (Duplex | null)[];
  /** Opens the IPC channel, if there is one. */
  openChannel: ((child: ChannelTarget, onClosed: () => void) => Channel) | undefined;
  pty: PseudoTerminal | undefined;
  /** The PID of the command inside, if it is known beforehand. */
  fixedNamespacePid: number | undefined;
  forceKill: ForceKill | undefined;
  /** The calls about which Node decides. */
  syscalls: Syscalls | undefined;
  toError(failure: Failure): Error;
}

/**
 * What a command and its descendants have used, as the kernel counts it. Times are in microseconds, memory is in KB.
 *
 * Outside a sandbox these are all processes of the namespace, or without a PID namespace all descendants. Those that are left when the command
 * ends are ended, reaped and counted before 'exit'. With `waitForAll` they are counted when they end by themselves.
 *
 * In a sandbox these are the command, the children that it and its descendants have waited for, and of the processes that have lost their
 * parents those in the session or the process group of the command, if they have ended before it. A process that runs on or has called
 * setsid(2) is part of the `usage` of the sandbox only.
 *
 * The kernel does not count a process whose parent ignores SIGCHLD, and with `init: false` none that is alive when the command ends.
 */
export interface CommandUsage extends Usage {
  /** What the command itself has used, and the children that it and its descendants have waited for. */
  command: Usage;
}

/** The properties that Lifecycle changes. NamespacedProcess documents them. */
export interface ChildState extends ChannelTarget, Killable {
  pid?: number | undefined;
  hostPid: number | undefined;
  namespacePid: number | undefined;
  namespaces: Readonly<Partial<Record<NamespaceType, number>>>;
  exitCode: number | null;
  signalCode: NodeJS.Signals | null;
  initSignal: NodeJS.Signals | null;
  forbiddenSyscall: string | undefined;
  usage: CommandUsage | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly pty: PseudoTerminal | undefined;
  readonly stdio: readonly (Readable | Writable | null | undefined)[];
}
