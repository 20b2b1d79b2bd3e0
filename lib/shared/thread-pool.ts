// libuv's thread pool, before this thread moves to other namespaces.
import {native} from './native.js';

let isStarted = false;

/**
 * Starts libuv's thread pool. libuv creates it at the first asynchronous call, and a thread that is created stays in the namespaces of the
 * thread that creates it. In a thread whose pid_for_children differs from its own PID namespace the kernel refuses to create one (EINVAL),
 * and libuv aborts the process.
 */
export function startThreadPool(): void {
  if (isStarted) return;
  isStarted = true;
  native().startThreadPool(() => {});
}
