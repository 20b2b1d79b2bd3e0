// Gives names to network namespaces, and takes them away.
import {closeSync, mkdirSync, openSync, unlinkSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {NamespaceError} from '../errors/errors.js';
import {resultOf} from '../errors/system-call.js';
import type {NamespaceHandle} from '../inspect/handle/handle.js';
import {fsStep, keepAt} from '../inspect/handle/keep.js';
import {openNamespace} from '../inspect/handle/open.js';
import {EAGAIN, EINVAL, EPERM} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {isOpenNamespace, type NamespaceReference} from '../shared/source.js';
import {flagOr} from '../shared/validate.js';
import {createNamespaces} from '../start/create-namespaces.js';
import {directory, pathOf} from './names.js';
import type {AddNetnsOptions} from './types.js';

const step = 'netns';
const addOptions = new KnownOptions(namesOf<AddNetnsOptions>({loopback: true}));

export async function add(name: string, options?: AddNetnsOptions): Promise<void> {
  const path = pathOf(name);
  const loopback = flagOr(false, addOptions.read(options).loopback, 'options.loopback');
  await prepareDirectory();
  const {net, user} = await createNamespaces(['net'], {loopback});
  try {
    keepAt(net.fd, 'net', path, true);
  } finally {
    net.close();
    user?.close();
  }
}

export async function attach(name: string, source: NamespaceReference): Promise<void> {
  const path = pathOf(name);
  if (isOpenNamespace(source)) return keep(path, source.fd);
  const handle = openNamespace(typeof source === 'string' ? {path: source} : source, 'net');
  try {
    await keep(path, handle.fd);
  } finally {
    handle.close();
  }
}

async function keep(path: string, fd: number): Promise<void> {
  await prepareDirectory();
  keepAt(fd, 'net', path, true);
}

export function remove(name: string): void {
  const path = pathOf(name);
  const answer = native().unmount(path);
  // Where nothing is mounted, as after `umount`, the file goes all the same. So does ip-netns(8).
  if (answer < 0 && answer === EPERM) resultOf(answer, {syscall: 'umount2', path, step});
  fsStep(step, () => unlinkSync(path));
}

export function open(name: string): NamespaceHandle {
  return openNamespace({path: pathOf(name)}, 'net');
}

/**
 * Makes the directory, and a shared mount point of it: a name that is added later is seen in mount namespaces that exist by then. ip-netns(8)
 * takes the same lock.
 */
async function prepareDirectory(): Promise<void> {
  fsStep(step, () => mkdirSync(directory, own({recursive: true, mode: 0o755})));
  const fd = fsStep(step, () => openSync(directory, 'r'));
  try {
    while (native().lock(fd) === EAGAIN) await delay(lockedMs);
    share();
  } finally {
    closeSync(fd);
  }
}

// How long to wait for the lock before it is tried again. ip-netns(8) has it for some system calls.
const lockedMs = 2;

function share(): void {
  const addon = native();
  const {MS_BIND, MS_REC, MS_SHARED} = addon.internalConstants as Record<'MS_BIND' | 'MS_REC' | 'MS_SHARED', number>;
  const makeShared = (): number => addon.mount('', directory, MS_SHARED | MS_REC);
  let answer = makeShared();
  // It is no mount point yet.
  if (answer === EINVAL) {
    answer = addon.mount(directory, directory, MS_BIND | MS_REC);
    if (answer >= 0) answer = makeShared();
  }
  if (answer < 0) throw new NamespaceError({errno: answer, syscall: 'mount', path: directory, step});
}
