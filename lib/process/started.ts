// What the parts of a child have in common.
import type {Socket} from 'node:net';
import type {Failure} from '../channel/launch-events.js';
import type {Channel, ChannelTarget} from '../ipc/channel.js';
import type {ForceKill} from '../options/resolve.js';
import type {Owner} from './owner.js';
import type {PseudoTerminal} from './pseudo-terminal.js';

/** What is known of a command before it is launched. */
export interface Started {
  /** The id of the command in its nsinit. */
  id: number;
  owner: Owner;
  file: string;
  argv: string[];
  streams: (Socket | null)[];
  /** Opens the IPC channel, if there is one. */
  openChannel: ((child: ChannelTarget, onClosed: () => void) => Channel) | undefined;
  pty: PseudoTerminal | undefined;
  /** The PID of the command inside, if it is known beforehand. */
  fixedNamespacePid: number | undefined;
  forceKill: ForceKill | undefined;
  toError(failure: Failure): Error;
}
