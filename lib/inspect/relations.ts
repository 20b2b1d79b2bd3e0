// Looks up the parent and the owner of a namespace, ioctl_ns(2).
import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import type {NamespaceType} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';

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
