// Looks up the parent and the owner of a namespace, ioctl_ns(2).
import {closeSync, constants, fstatSync, openSync, statSync} from 'node:fs';
import type {NamespaceType} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {orUndefined} from '../shared/own.js';
import {typeOfDescriptor} from './handle/open-directly.js';

/** The relations of a namespace to others. Those that the type does not have, or that the caller may not see, are undefined. */
export interface Relations {
  /** The id of the parent of a pid or user namespace. */
  parent: number | undefined;
  /** The id of the user namespace that owns it. The owner of a user namespace is its parent. */
  owner: number | undefined;
  /** The id of the user who created a user namespace. */
  ownerUid: number | undefined;
  /** The id of a network namespace in the caller's network namespace. */
  netnsid: number | undefined;
}

/** Is called for each related namespace, with a descriptor that is closed afterwards. */
export type Discovered = (type: NamespaceType, id: number, fd: number) => void;

/**
 * Opens a namespace by a path at which it was found before.
 * @returns undefined if the path is gone, leads to another namespace by now, or may not be opened
 */
export function openIfStill(path: string, id: number): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  if (fstatSync(fd).ino === id) return fd;
  closeSync(fd);
  return undefined;
}

let device: number | undefined;

/** Returns the number of the device on which all namespaces are, or 0 without a /proc. */
export function nsfsDevice(): number {
  device ??= statSync('/proc/self/ns/user', orUndefined)?.dev ?? 0;
  return device;
}

/** Returns the type and the id of the namespace that a descriptor of a process is of: a link of /proc/PID/fd. */
export function identifyDescriptor(path: string): {type: NamespaceType; id: number} | undefined {
  const status = statSync(path, orUndefined);
  // Opening a device can have effects.
  const id = status?.dev === nsfsDevice() ? status.ino : undefined;
  const fd = id === undefined ? undefined : openIfStill(path, id);
  if (fd === undefined || id === undefined) return undefined;
  const type = typeOfDescriptor(fd);
  closeSync(fd);
  return type && {type, id};
}

/** Looks up the relations of an open namespace, and calls `discovered` for its parent and owner. */
export function relationsOf(type: NamespaceType, fd: number, discovered: Discovered): Relations {
  const relation = (fd: number, kind: NamespaceType): number | undefined => {
    if (fd < 0) return undefined;
    const {ino} = fstatSync(fd);
    discovered(kind, ino, fd);
    native().close(fd);
    return ino;
  };
  const addon = native();
  const hierarchical = type === 'pid' || type === 'user';
  const parent = hierarchical ? relation(addon.nsGetParent(fd), type) : undefined;
  const owner = type === 'user' ? parent : relation(addon.nsGetUserns(fd), 'user');
  const ownerUid = type === 'user' ? addon.nsGetOwnerUid(fd) : -1;
  const netnsid = type === 'net' ? addon.getNetnsid(fd) : -1;
  return {
    parent,
    owner,
    ownerUid: ownerUid < 0 ? undefined : ownerUid,
    netnsid: netnsid < 0 ? undefined : netnsid,
  };
}
