// A dgram.Socket whose descriptor comes from another net namespace.
import {Socket} from 'node:dgram';
import {adopt} from '../../shared/descriptors.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import type {NamespaceReference} from '../../shared/source.js';
import type {WantedSocket} from '../plan/build.js';
import {openSocket} from './socket.js';

// A socket of Node's that has no descriptor gets one at the first of these calls: one of this net namespace.
const binding = ['send', 'connect', 'bind', 'addMembership', 'addSourceSpecificMembership'] as const;

/** Binds a socket to the descriptor that is made inside. Until then the calls that would bind it outside wait. */
export function openDatagrams(net: NamespaceReference, socket: Socket, wanted: WantedSocket): Socket {
  const waiting: (() => void)[] = [];
  const methods = socket as unknown as Record<string, unknown>;
  for (const name of binding) {
    methods[name] = (...args: unknown[]): void => {
      waiting.push(() => (methods[name] as (...args: unknown[]) => void)(...args));
    };
  }
  let isClosed = false;
  methods.close = (...args: []): Socket => {
    isClosed = true;
    return Socket.prototype.close.apply(socket, args);
  };
  const settle = (descriptor: number | Error): void => {
    for (const name of [...binding, 'close']) delete methods[name];
    if (typeof descriptor !== 'number') {
      if (!isClosed) socket.emit('error', descriptor);
    } else if (isClosed) {
      native().close(descriptor);
    } else {
      adopt([descriptor], () => socket.bind(own({fd: descriptor, exclusive: true})));
      for (const call of waiting) call();
    }
  };
  try {
    // bind() emits 'listening' while it runs, and the caller has to have the socket by then.
    openSocket(net, wanted, descriptor => process.nextTick(settle, descriptor));
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}
