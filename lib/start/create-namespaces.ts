// createNamespaces: makes namespaces without a command, and returns handles of them.
import {objectOf} from '../errors/system-call.js';
import {NamespaceHandle, type NamespaceInit} from '../inspect/handle/handle.js';
import {typeOfDescriptor} from '../inspect/handle/open-directly.js';
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {SOCK_STREAM} from '../shared/kernel.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {setMaker} from './options/kept-maps.js';
import {namespaceOptions} from './options/known.js';
import {resolveSetup} from './options/resolve.js';
import {setupDescriptors} from './options/targets.js';
import {launchSandbox} from './sandbox/create.js';
import type {SandboxOptions} from './sandbox/options.js';
import type {Sandbox} from './sandbox/sandbox.js';

/** Options of {@link createNamespaces}: those of {@link SandboxOptions} that set namespaces up. */
export type CreateNamespacesOptions = Omit<SandboxOptions, 'namespaces' | 'join' | 'init' | 'detached' | 'defaults'>;

/** The result of {@link createNamespaces}. */
export type CreatedNamespaces<Type extends NamespaceType = NamespaceType> = Record<Type, NamespaceHandle> & {
  /** The user namespace that owns the others. An ordinary user gets it also without asking for it. */
  readonly user?: NamespaceHandle;
};

/**
 * Makes namespaces in which no command runs, and returns a handle of each. They can be joined (the option `namespaces` of
 * {@link spawnInNamespace}), kept by a file ({@link NamespaceHandle.persist}), and opened by other programs. A namespace ends when nothing
 * keeps it any more: no process, no handle, no file.
 *
 * A PID namespace accepts processes only as long as its init lives, so an nsinit stays as PID 1 of it. It reaps what is left to it, and does
 * not keep Node's event loop alive. It ends when the handle of the PID namespace is closed, and when Node ends (unless `dieWithParent` is
 * false); every process of the namespace ends with it. `handle.initPid` is its PID. For the other types no process stays.
 *
 * Privilege: CAP_SYS_ADMIN. Where the caller lacks it, a user namespace is made that owns the others, and its handle is in the result: it is
 * needed to join them. Linux 5.11.
 *
 * @param types - the types of the namespaces to make
 * @param options - how to set them up: `uidMap`, `hostname`, `timeOffsets`, `loopback` and so on
 * @returns a promise of the handles by type. Each must be closed
 * @throws by rejection: {@link NamespaceError} if a namespace cannot be made, and nothing is left then; ERR_INVALID_ARG_TYPE,
 * ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE
 * @see namespaces(7), unshare(1)
 */
export async function createNamespaces<Type extends NamespaceType>(
  types: readonly Type[],
  options?: CreateNamespacesOptions,
): Promise<CreatedNamespaces<Type>> {
  const made = await makeNamespaces(own<SandboxOptions>({...checked(types, options), namespaces: types}));
  return made as CreatedNamespaces<Type>;
}

/**
 * The same with options that have been checked.
 * @param keepsInit - whether an nsinit stays in a PID namespace. Otherwise that is not kept
 */
export async function makeNamespaces(
  options: SandboxOptions,
  keepsInit = true,
): Promise<{readonly [Type in NamespaceType]?: NamespaceHandle}> {
  const resolved = resolveSetup(options);
  const sends = [...resolved.namespaces].filter(type => type !== 'pid' || keepsInit);
  const setup = {...resolved, sends};
  const addon = native();
  const [ours, theirs] = objectOf(addon.unixSocketPair(SOCK_STREAM), {syscall: 'socketpair', step: 'namespaces'});
  try {
    const sandbox = await launchSandbox({
      setup,
      descriptors: [...setupDescriptors(setup), theirs],
      close: () => addon.close(theirs),
    });
    const received = addon.receiveNamespaces(ours);
    if (setup.isInit && keepsInit && typeof received !== 'number') sandbox.unref();
    else await sandbox.close();
    const descriptors = objectOf(received, {syscall: 'recvmsg', step: 'namespaces'});
    return Object.fromEntries(descriptors.map(fd => handleOf(fd, sandbox)));
  } finally {
    addon.close(ours);
  }
}

setMaker(async ({uidMap, gidMap, setgroups}) => {
  const {user} = await createNamespaces(['user'], {uidMap: uidMap.ranges, gidMap: gidMap.ranges, setgroups});
  return user;
});

function checked(types: unknown, given: CreateNamespacesOptions | undefined): CreateNamespacesOptions {
  if (!Array.isArray(types)) throw invalidArgType('types', 'an array of namespace types', types);
  if (types.length === 0) throw invalidArgValue('types', types, 'must name a type');
  return namespaceOptions.read(given);
}

function handleOf(fd: number, sandbox: Sandbox): [NamespaceType, NamespaceHandle] {
  const type = typeOfDescriptor(fd)!;
  return [type, new NamespaceHandle(fd, type, type === 'pid' ? initOf(sandbox) : undefined)];
}

function initOf(sandbox: Sandbox): NamespaceInit {
  const end = (): void => {
    // The handle is closed whether or not the kernel lets nsinit be killed.
    sandbox.close().catch((error: Error) => process.emitWarning(error));
  };
  return {pid: sandbox.pid, end};
}
