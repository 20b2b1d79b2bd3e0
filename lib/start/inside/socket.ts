// Makes a socket in another net namespace, while Node stays where it is. The socket belongs to that namespace for as long as it is open.
import {fstatSync} from 'node:fs';
import {codedError, NamespaceError} from '../../errors/errors.js';
import {openNamespace} from '../../inspect/handle/open.js';
import {isAdministrator} from '../../shared/facts.js';
import {EPERM, EPROTO} from '../../shared/kernel.js';
import {LoopReference} from '../../shared/loop-reference.js';
import {native} from '../../shared/native.js';
import {own} from '../../shared/own.js';
import {isOpenNamespace, type NamespaceReference, type OpenNamespace} from '../../shared/source.js';
import type {Failure} from '../channel/launch-events.js';
import {Nsinit} from '../channel/nsinit.js';
import {resolveSetup} from '../options/resolve.js';
import {openTargets, ownNamespace, type Targets} from '../options/targets.js';
import {planSocket, type WantedSocket} from '../plan/build.js';
import {PlanWriter} from '../plan/writer.js';
import {errorOf} from '../process/failure.js';
import {setUpEvents} from '../process/set-up-events.js';

/** Receives the descriptor of a socket, or why there is none. The descriptor is to be closed by the addon, or to be adopted. */
export type Receiver = (socket: number | Error) => void;

/**
 * Makes a socket in a net namespace. Whoever has CAP_SYS_ADMIN gets it from a thread that enters the namespace, and the receiver is called
 * before this function returns. For anybody else an nsinit joins the user namespace that owns it as well, and sends the socket.
 * @throws NamespaceError if `net` is no open namespace and cannot be opened
 * @throws ERR_INVALID_ARG_VALUE for a namespace of another type
 */
export function openSocket(net: NamespaceReference, wanted: WantedSocket, receive: Receiver): void {
  const handle = isOpenNamespace(net) ? undefined : openNamespace(typeof net === 'string' ? {path: net} : net, 'net');
  const target = handle ?? (net as OpenNamespace);
  const done: Receiver = socket => {
    handle?.close();
    receive(socket);
  };
  if (target.id === ownNamespace('net')) done(openByThread(-1, wanted));
  else if (isAdministrator()) done(openByThread(target.fd, wanted));
  else openByNsinit(target, wanted, done);
}

/** @param net - a descriptor, or -1 for the net namespace of this thread, which takes no privilege */
function openByThread(net: number, {type, flags, address}: WantedSocket): number | Error {
  const failed = new Int32Array(1);
  const socket = native().openSocket(net, type, flags, address, failed);
  return socket < 0 ? refused(socket, native().syscalls[failed[0]!]) : socket;
}

function refused(errno: number, syscall?: string): NamespaceError {
  return new NamespaceError({errno, syscall, step: 'socket', namespaces: ['net']});
}

function openByNsinit(net: OpenNamespace, wanted: WantedSocket, receive: Receiver): void {
  const held: number[] = [];
  const end = (result: number | Error): void => {
    for (const fd of held) native().close(fd);
    receive(result);
  };
  const keep = (fd: number, syscall: string): number | undefined => {
    if (fd >= 0) held.push(fd);
    else end(refused(fd, fd === EPERM ? 'setns' : syscall));
    return fd < 0 ? undefined : fd;
  };
  // The caller may close its handle meanwhile.
  const target = keep(native().duplicate(net.fd), 'fcntl');
  const owner = target === undefined ? undefined : keep(native().nsGetUserns(target), 'ioctl');
  if (target === undefined || owner === undefined) return;
  const user = {fd: owner, type: 'user' as const, id: fstatSync(owner).ino};
  const targets = openTargets(
    resolveSetup(own({namespaces: {user, net: {fd: target, type: 'net' as const, id: net.id}}})),
  );
  if (targets instanceof Error) {
    end(targets);
    return;
  }
  const pair = new Int32Array(2);
  const errno = native().socketChannel(pair);
  held.push(...pair);
  if (errno < 0) end(refused(errno, 'socketpair'));
  else launch(targets, wanted, [pair[0]!, pair[1]!], target, end);
  targets.close();
}

function launch(
  {setup, descriptors}: Targets,
  wanted: WantedSocket,
  [ours, theirs]: [number, number],
  net: number,
  end: Receiver,
): void {
  const plan = planSocket(setup, wanted);
  const toError = (failure: Failure): Error => {
    const line = {file: 'nsinit', argv: ['nsinit'], namespaces: ['net' as const]};
    return errorOf(failure, {setup: plan.steps, command: [], clone: {step: 'socket'}}, line);
  };
  const reference = new LoopReference();
  let result: number | Error | undefined;
  const writer = new PlanWriter();
  writer.append(plan.bytes);
  const settingUp = setUpEvents({
    reference,
    toError,
    // No event comes before Nsinit.start() has returned. What has been sent was sent before this event.
    ready: () => {
      const {pid} = nsinit as Nsinit;
      const {type, flags, address} = wanted;
      const socket = native().receiveSocket(ours, pid, net, type, flags, address);
      result = socket < 0 ? notOurs(socket) : socket;
      (nsinit as Nsinit).kill();
    },
    ended: error => end(result ?? error),
  });
  const nsinit = Nsinit.start(writer, plan, [...descriptors, theirs], () => settingUp);
  if (nsinit instanceof Nsinit) reference.hold();
  else end(toError(nsinit));
}

function notOurs(errno: number): Error {
  if (errno !== EPROTO) return refused(errno, 'recvmsg');
  return codedError(
    'ERR_FOREIGN_SOCKET',
    'What has arrived from the net namespace is not the socket that was asked for',
  );
}
