// Opens the namespaces that a command joins, and what it takes over from the process that lives there.
import {closeSync, constants, fstatSync, openSync, readFileSync, statSync} from 'node:fs';
import {NamespaceError} from '../../errors/errors.js';
import type {ResolvedSetup} from '../../features/feature.js';
import {join, type ResolvedJoin} from '../../features/join.js';
import {sourceDescriptors} from '../../features/root.js';
import {openNamespace} from '../../inspect/handle/open.js';
import {pidOf} from '../../inspect/handle/pidfd.js';
import {procfs} from '../../inspect/proc/procfs.js';
import {invalidArgValue} from '../../shared/argument-errors.js';
import {isAdministrator} from '../../shared/facts.js';
import {EACCES, ENOENT, ESRCH} from '../../shared/kernel.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import {asText, own} from '../../shared/own.js';
import {isOpenNamespace, type NamespaceReference, resolveSource} from '../../shared/source.js';
import {keptFor, usesKept} from './kept-maps.js';
import {joiningOf} from './known-joins.js';

/** What is open until nsinit has received it. */
export interface Targets {
  /** The set-up, with what is left to join. */
  setup: ResolvedSetup;
  /** In the order of the operations of the plan. */
  descriptors: readonly number[];
  /** The environment of the process, if it was asked for. */
  env: NodeJS.ProcessEnv | undefined;
  close(): void;
}

/** Returns whether a set-up joins anything, and {@link openTargets} is to be called. */
export function hasTargets(setup: ResolvedSetup): boolean {
  const {sources, settings} = setup;
  if (sources !== undefined || settings.of(join) !== undefined || sourceDescriptors(setup).length > 0) return true;
  return setup.namespaces.has('user') && usesKept(setup);
}

/**
 * Opens what a set-up joins. Namespaces that the caller is in already are left out: the kernel refuses them to an ordinary user.
 * @returns an error of the step `namespaces` or `join`, with everything closed again; it is emitted, not thrown
 * @throws ERR_INVALID_ARG_VALUE if `join` needs a process, and none is named
 */
export function openTargets(setup: ResolvedSetup): Targets | NamespaceError {
  const opening = new Opening();
  try {
    return openAll(setup, setup.sources ?? new Map(), setup.settings.of(join), opening);
  } catch (error) {
    opening.close();
    if (error instanceof NamespaceError) return error;
    throw error;
  }
}

/** What has been opened so far. */
class Opening {
  readonly #own: {close(): void}[] = [];

  namespace(type: NamespaceType, source: NamespaceReference): {fd: number; id: number} {
    if (isOpenNamespace(source)) return source;
    const handle = attempt(`namespaces.${type}`, () =>
      openNamespace(typeof source === 'string' ? {path: source} : source, type),
    );
    this.#own.push(handle);
    return handle;
  }

  directory(step: string, path: string): number {
    const fd = attempt(step, () => openSync(path, constants.O_DIRECTORY | O_PATH));
    this.#own.push({close: () => closeSync(fd)});
    return fd;
  }

  close(): void {
    for (const one of this.#own.splice(0)) one.close();
  }
}

/** fcntl.h of x86-64 and arm64; Node does not name it. */
const O_PATH = 0o10000000;

function openAll(
  setup: ResolvedSetup,
  sources: ReadonlyMap<NamespaceType, NamespaceReference>,
  wanted: ResolvedJoin | undefined,
  opening: Opening,
): Targets {
  const opened = [...sources].map(([type, source]) => ({type, ...fields(opening.namespace(type, source))}));
  const toJoin = opened.filter(({type, id}) => id !== ownNamespace(type));
  const ofChildren = wanted?.fork === false ? toJoin.filter(({type}) => type === 'pid') : [];
  const within = sources.size === 0 ? keptFor(setup) : undefined;
  const joined = within ? [within] : inOrder(toJoin.filter(one => !ofChildren.includes(one)));
  const process = wanted && processOf(wanted, sources, setup);
  const {root = false, cwd = false} = own<Partial<ResolvedJoin>>(wanted);
  const ofProcess = (['root', 'cwd'] as const).filter(name => wanted?.[name] === true);
  const directories = ofProcess.map(name => opening.directory(`join.${name}`, `/proc/${process}/${name}`));
  const env = wanted?.env && process !== undefined ? environmentOf(process) : undefined;
  const mnt = opened.find(({type}) => type === 'mnt');
  if (process !== undefined && mnt !== undefined) assertLivesIn(process, mnt.id);
  return {
    setup: joiningOf(setup, {
      joins: joined.map(({type}) => type),
      mapsWithin: within !== undefined,
      enters: {root, cwd, pidForChildren: ofChildren.length > 0},
    }),
    descriptors: [...joined.map(({fd}) => fd), ...openSources(setup), ...directories, ...ofChildren.map(({fd}) => fd)],
    env,
    close: () => opening.close(),
  };
}

/** Returns the descriptors that are sources of mounts. A closed one would be an error of sending the plan. */
export function openSources(setup: ResolvedSetup): number[] {
  return sourceDescriptors(setup).map(({fd, index}) => {
    attempt('mounts', () => fstatSync(fd), index);
    return fd;
  });
}

const fields = ({fd, id}: {fd: number; id: number}): {fd: number; id: number} => ({fd, id});

/**
 * Whoever has CAP_SYS_ADMIN joins the user namespace last, since the other namespaces may belong to outer ones. Whoever has not gets the
 * right to join the others by joining the user namespace that owns them.
 */
function inOrder<T extends {type: NamespaceType}>(opened: readonly T[]): T[] {
  const isUser = ({type}: T): boolean => type === 'user';
  const users = opened.filter(isUser);
  const others = opened.filter(one => !isUser(one));
  return isAdministrator() ? [...others, ...users] : [...users, ...others];
}

/** The id of a namespace that a new process of this thread gets, or undefined without a /proc. */
export function ownNamespace(type: NamespaceType): number | undefined {
  const link = type === 'pid' || type === 'time' ? `${type}_for_children` : type;
  try {
    return statSync(`/proc/thread-self/ns/${link}`).ino;
  } catch {
    return undefined;
  }
}

/** The PID of the process whose namespaces are joined. */
function processOf(
  {root, cwd, env}: ResolvedJoin,
  sources: ReadonlyMap<NamespaceType, NamespaceReference>,
  {process}: ResolvedSetup,
): number | undefined {
  if (root !== true && cwd !== true && !env) return undefined;
  for (const source of [process, sources.get('mnt'), sources.get('pid'), ...sources.values()]) {
    if (source === undefined || typeof source === 'string' || isOpenNamespace(source)) continue;
    const resolved = resolveSource(source);
    if (resolved.kind === 'pid') return resolved.pid;
    if (resolved.kind === 'pidfd') return pidOf(resolved.pidfd, procfs(undefined).path);
  }
  throw invalidArgValue('options.join', {root, cwd, env}, 'needs a process among the values of options.namespaces');
}

function environmentOf(process: number): NodeJS.ProcessEnv {
  const ofProcess = (name: string): string =>
    attempt('join.env', () => readFileSync(`/proc/${process}/${name}`, asText));
  let text = ofProcess('environ');
  // The kernel fills the new memory with the arguments first, and then with the environment. So where there are arguments, an empty environment
  // is read once more. Those of a zombie are empty as well.
  for (let attempts = 100; attempts > 0 && text === ''; attempts--) {
    const hasArguments = ofProcess('cmdline') !== '';
    pause();
    text = ofProcess('environ');
    if (hasArguments) break;
  }
  const pairs = text.split('\0').filter(pair => pair.indexOf('=') > 0);
  return Object.fromEntries(pairs.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** Checks that the PID still belongs to a process of the mount namespace: its number may have been given to another one. */
function assertLivesIn(process: number, mnt: number): void {
  const path = `/proc/${process}/ns/mnt`;
  const {ino} = attempt('join', () => statSync(path));
  if (ino !== mnt) throw new NamespaceError({errno: ESRCH, syscall: 'stat', path, step: 'join'});
}

/**
 * 'spawn' is emitted some microseconds before the kernel has finished the exec: when the old memory is released. Until then an ordinary user
 * may not look into the process.
 */
function patiently<T>(open: () => T): T {
  for (let attempts = 20; ; attempts--) {
    try {
      return open();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).errno !== EACCES || attempts === 0) throw error;
      pause();
    }
  }
}

/** Waits for a millisecond. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

/** Opens something of a process, or of a namespace, and names the step in the error. */
function attempt<T>(step: string, open: () => T, index?: number): T {
  try {
    return patiently(open);
  } catch (error) {
    const {errno, syscall, path, hint} = error as NodeJS.ErrnoException & {hint?: string};
    if (errno === undefined) throw error;
    // A process that has ended has no directory in /proc.
    const hasEnded = errno === ENOENT && path?.startsWith('/proc/');
    if (hasEnded || errno === ESRCH) throw new NamespaceError({errno: ESRCH, syscall, path, step});
    // What the file is says more than its number.
    throw new NamespaceError({errno, syscall, path, step, index, hint});
  }
}
