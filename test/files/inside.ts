// Sandboxes with a /mnt of their own, for the tests of files.
import {createSandbox, type NamespaceError, type Sandbox, type SandboxOptions} from 'namespawn';
import {isRoot} from '../helpers/requirements.js';

// Real root maps another user to root inside, so that root inside may do less than the caller.
const range = [{containerId: 0, hostId: 100_000, size: 70_000}];

/** Root of a user namespace of its own. */
export const contained: SandboxOptions = {
  namespaces: ['pid', 'mnt', 'user'],
  ...(isRoot ? {uidMap: range, gidMap: range} : {uidMap: 'root'}),
};

/** The places in which files are tested: as root of a user namespace, and as real root. */
export const places: {name: string; options: SandboxOptions}[] = [
  {name: 'root of a user namespace', options: contained},
  ...(isRoot ? [{name: 'root of the machine', options: {}}] : []),
];

/** Creates a sandbox with an empty /mnt, and runs a script in it. */
export async function sandboxWith(script: string, options: SandboxOptions = contained): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  await sandbox.run('sh', ['-ec', `mount -t tmpfs -o mode=1777 none /mnt; cd /mnt; ${script}`]);
  return sandbox;
}

/** Returns the error of a promise that must reject. */
export async function refusal(promise: Promise<unknown>): Promise<NamespaceError> {
  return promise.then(
    () => {
      throw new Error('was not refused');
    },
    error => error as NamespaceError,
  );
}
