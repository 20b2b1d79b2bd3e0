// Threads that have to exist before a thread of Node moves to other namespaces, because a thread stays in those of the thread that has
// created it.
import {native} from '../shared/native.js';
import {NamespaceError} from './errors.js';

/** Starts the thread of the addon that waits for events, or throws a NamespaceError that names the call that has failed. */
export function startReactor(): void {
  const failed = native().startReactor();
  if (failed === undefined) return;
  const [errno, number] = failed;
  throw new NamespaceError({errno, syscall: native().syscalls[number], step: 'channel'});
}

let isPoolStarted = false;

/**
 * Starts libuv's thread pool, which libuv otherwise creates at the first asynchronous call. In a thread whose pid_for_children differs from
 * its own PID namespace the kernel refuses to create a thread (EINVAL), and libuv aborts the process.
 */
export function startThreadPool(): void {
  if (isPoolStarted) return;
  isPoolStarted = true;
  native().startThreadPool(() => {});
}
