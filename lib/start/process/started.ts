// The types that the parts of a child share.
import type {Duplex, Readable, Writable} from 'node:stream';
import type {NamespaceType} from '../../shared/namespace-types.js';
import type {CommandUsage, Failure} from '../channel/launch-events.js';
import type {Channel, ChannelTarget} from '../ipc/channel.js';
import type {ForceKill} from '../options/resolve.js';
import type {Killable} from './ends.js';
import type {Enforced} from './enforced.js';
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
  /** What holds once the command has been started. */
  enforced(): Enforced;
  /** The calls about which Node decides. */
  syscalls: Syscalls | undefined;
  toError(failure: Failure): Error;
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
