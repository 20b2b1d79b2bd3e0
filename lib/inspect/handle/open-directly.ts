// Opens namespaces that are not named by a process: by a path, a socket, or a unique id.
import {invalidArgValue, NamespaceError} from '../../errors/errors.js';
import {resultOf} from '../../errors/system-call.js';
import {EINVAL} from '../../shared/kernel.js';
import {type NamespaceType, namespaceTypes} from '../../shared/namespace-types.js';
import {native} from '../../shared/native.js';
import {NamespaceHandle} from './handle.js';
import {isOnNsfs} from './keep.js';

export function openPath(path: string, type: NamespaceType): NamespaceHandle {
  // Checked before the file is opened, because opening a device can have effects.
  if (!isOnNsfs(path, 'source')) {
    throw refusal(`it is not a namespace, and ${article(type)} namespace was asked for`, path);
  }
  return ofType(resultOf(native().openNamespaceFile(path), {syscall: 'open', path, step: 'source'}), type, path);
}

/** Opens the network namespace of a socket. */
export function openNetnsOfSocket(socket: number, type: NamespaceType): NamespaceHandle {
  if (type !== 'net') throw invalidArgValue('type', type, "must be 'net' for a socket");
  const fd = resultOf(native().netnsOfSocket(socket), {syscall: 'ioctl', step: 'source.socket'});
  return new NamespaceHandle(fd, 'net');
}

export function openUniqueId({id, uniqueId}: {id: number; uniqueId: bigint}, type: NamespaceType): NamespaceHandle {
  const addon = native();
  const step = 'source.uniqueId';
  // Any namespace names the file system in which the kernel looks.
  const path = '/proc/self/ns/user';
  const nsfs = resultOf(addon.openNamespaceFile(path), {syscall: 'open', path, step});
  const answer = addon.openNamespaceById(nsfs, uniqueId, addon.protocol.namespaces[type]!, id);
  addon.close(nsfs);
  return new NamespaceHandle(resultOf(answer, {syscall: 'open_by_handle_at', step}), type);
}

/** Returns the type of the namespace that a descriptor is of. */
export function typeOfDescriptor(fd: number): NamespaceType | undefined {
  const {namespaces} = native().protocol;
  const flag = native().nsGetNstype(fd);
  return namespaceTypes.find(type => namespaces[type] === flag);
}

function ofType(fd: number, type: NamespaceType, path?: string): NamespaceHandle {
  const actual = typeOfDescriptor(fd);
  if (actual === type) return new NamespaceHandle(fd, type);
  native().close(fd);
  throw refusal(`it is ${article(actual)} namespace, and ${article(type)} namespace was asked for`, path);
}

function refusal(hint: string, path: string | undefined): NamespaceError {
  return new NamespaceError({errno: EINVAL, path, step: 'source', hint});
}

function article(type: string | undefined): string {
  return type === 'ipc' ? 'an ipc' : `a ${type ?? 'unknown'}`;
}
