// A namespace's parent and owner, asked from the kernel.
import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';

/** What a descriptor says of its namespace. */
export interface Relations {
  /** Of a pid or user namespace, where it can be seen. */
  parent: number | undefined;
  /** The user namespace that owns it; of a user namespace, its parent. */
  owner: number | undefined;
  /** Who made it, of a user namespace. */
  ownerUid: number | undefined;
  /** The number by which the caller's network namespace knows it. */
  netnsid: number | undefined;
}

/** Hears of a namespace that was come upon, with a descriptor that is closed afterwards. */
export type Discovered = (type: NamespaceType, id: number, fd: number) => void;

/**
 * Opens a namespace where it was seen.
 * @returns undefined where another one is there by now, or none, or it may not be opened
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

/** Asks an open namespace for its relations; `discovered` hears of each. */
export function relationsOf(type: NamespaceType, fd: number, discovered: Discovered): Relations {
  const relation = (answer: number, kind: NamespaceType): number | undefined => {
    if (answer < 0) return undefined;
    const {ino} = fstatSync(answer);
    discovered(kind, ino, answer);
    native().close(answer);
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
