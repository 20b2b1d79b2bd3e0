// The option `join`, and how nsinit enters the namespaces of others that the option `namespaces` names.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {isAdministrator} from '../shared/facts.js';
import {when} from '../shared/hint.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {flagOr, isGiven, validateNoNul} from '../shared/validate.js';
import {commandFeature, setupFeature} from './feature.js';
import {cloneMask} from './namespaces.js';

/** What a command takes over from the process whose namespaces it joins, beside the namespaces. */
export interface JoinOptions {
  /**
   * The root directory: true for that of the process, or the path of a directory inside. Default: the root of the mount namespace that is
   * joined. nsenter(1) calls it -r.
   */
  root?: boolean | string | undefined;
  /**
   * The working directory: true for that of the process, or the path of a directory inside. Default: the root directory where a mount
   * namespace is joined, otherwise the caller's. A directory outside of the root is refused with EXDEV. nsenter(1) calls it -w and --wdns.
   */
  cwd?: boolean | string | undefined;
  /** Whether the command gets the environment of the process. Variables of the option `env` are added to it. Default: false. */
  env?: boolean | undefined;
  /**
   * Whether the command keeps the caller's ids in a user namespace that is joined. Default: false, which makes it user 0 and group 0 of that
   * namespace if they are mapped there.
   */
  credentials?: boolean | undefined;
  /**
   * Whether the command itself is a member of a PID namespace that is joined. Default: true. With false only its children are, and the command
   * stays in the caller's PID namespace, as with `nsenter --no-fork`.
   */
  fork?: boolean | undefined;
}

export interface JoinOption {
  /**
   * What to take over from a process whose namespaces are joined. It is the process among the values of `namespaces`.
   *
   * Privilege: CAP_SYS_CHROOT in the user namespace of the command for `root`; ptrace access mode PTRACE_MODE_READ_FSCREDS to the process.
   */
  join?: JoinOptions | undefined;
}

export interface ResolvedJoin {
  root: boolean | string;
  cwd: boolean | string;
  env: boolean;
  credentials: boolean;
  fork: boolean;
}

export const join = setupFeature<JoinOption, ResolvedJoin>({
  title: 'Joining namespaces',
  examples: {join: {cwd: true}},
  resolve: (options, {namespaces, fileSystem}) => {
    const resolved = resolveJoin(options.join, namespaces.has('mnt'));
    if (resolved?.root && fileSystem !== 'host') {
      throw invalidArgValue('options.join.root', resolved.root, 'must be left out with `root` or `mounts`');
    }
    return resolved;
  },
  write(operations, value, {joins, namespaces, mapsWithin}) {
    if (joins.length === 0) return;
    operations.setFlag('JOINS');
    for (const type of joins) operations.add({step: `namespaces.${type}`}, 'JOIN', [cloneMask([type])]);
    // The id maps come with the new user namespace.
    if (mapsWithin) return;
    if (joins.includes('user') && !value?.credentials) operations.add({step: 'join.credentials'}, 'SET_IDS', [0, 0, 1]);
    // Node's clone would have been too early: the rights over what is joined would be gone.
    if (namespaces.has('user')) operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(['user'])]);
  },
  causes: [
    {
      steps: ['namespaces'],
      code: 'EPERM',
      syscall: 'setns',
      applies: () => when(!isAdministrator()),
      why: 'joining a namespace needs CAP_SYS_ADMIN in the user namespace that owns it and in that of the caller',
      advice: 'join the user namespace that owns it as well (`user`), or run as root',
    },
    {
      steps: ['namespaces'],
      code: 'EPERM',
      syscall: 'setns',
      why: 'the caller has no CAP_SYS_ADMIN in the user namespace that owns it, or a seccomp filter refuses setns',
      advice: 'join the user namespace that owns it as well (`user`), or allow setns in the profile',
    },
    {
      steps: ['namespaces'],
      code: 'EINVAL',
      syscall: 'setns',
      why: "it is not a descendant of the caller's own PID namespace, or the caller is in that user namespace already",
      advice: 'join it from a process of an outer namespace',
    },
    {
      steps: ['namespaces', 'join'],
      code: 'ESRCH',
      why: 'the process has ended, and its namespaces with it',
      advice: 'keep a namespace by a handle (openNamespace) to join it after its processes have ended',
    },
    {
      steps: ['namespaces.pid'],
      code: 'ENOMEM',
      why: 'the init of the PID namespace has ended, and the kernel lets no further process in',
      advice: 'start a new one',
    },
    {
      steps: ['join'],
      code: 'EXDEV',
      why: 'the working directory is outside of the root directory',
      advice: 'leave out join.cwd, or name a directory below the root',
    },
    {
      steps: ['join'],
      code: 'EPERM',
      syscall: 'chroot',
      why: 'changing the root needs CAP_SYS_CHROOT in the user namespace of the command',
      advice: 'join its user namespace as well, or run as root',
    },
  ],
});

/** The init of a new PID namespace has to be a new process, after nsinit has joined the other namespaces. */
export const joinedInit = setupFeature({
  title: 'An init in joined namespaces',
  examples: {},
  write(operations, _, {joins, isInit}) {
    if (isInit && joins.length > 0) operations.add({step: 'namespaces'}, 'START_INIT');
  },
});

/** A PID namespace that the children of the command are to be in, but not the command. */
export const joinedByChildren = commandFeature({
  title: 'A PID namespace for the children of the command',
  examples: {},
  write(operations, _, {setup}) {
    if (setup.enters.pidForChildren) operations.add({step: 'namespaces.pid'}, 'JOIN_FOR_CHILDREN');
  },
});

/** The root and the working directory of the process whose namespaces are joined. */
export const joinedRoot = setupFeature({
  title: 'The root of joined namespaces',
  examples: {},
  write(operations, _, {enters}) {
    const {root, cwd} = enters;
    if (!root && !cwd) return;
    const paths = [root, cwd].filter(one => typeof one === 'string');
    const path = paths.length === 1 ? {path: paths[0]!} : {};
    const step = {step: root ? 'join.root' : 'join.cwd', ...path};
    operations.add(
      step,
      'ENTER_ROOT',
      [wayInto(root), wayInto(cwd)],
      paths.length === 0 ? undefined : paths.join('\0'),
    );
  },
});

/** Returns an NSINIT_ENTER_* of src-native/protocol/operations.h. */
function wayInto(directory: boolean | string): number {
  if (directory === false) return 0;
  const {enters} = native().protocol;
  return directory === true ? enters.DESCRIPTOR! : enters.PATH!;
}

const joinOptions = new KnownOptions(
  namesOf<JoinOptions>({root: true, cwd: true, env: true, credentials: true, fork: true}),
);

function resolveJoin(option: JoinOptions | undefined, isMntNew: boolean): ResolvedJoin | undefined {
  if (!isGiven(option)) return undefined;
  const {root, cwd, env, credentials, fork} = joinOptions.read<JoinOptions>(option, 'options.join');
  // Those of a process are directories of a mount namespace that exists, and lie outside of a new one.
  if (isMntNew && (root === true || cwd === true))
    throw invalidArgValue(
      'options.join',
      option,
      "needs a mount namespace that is joined or inherited for `root` and `cwd`: 'mnt' must not be new",
    );
  return {
    root: resolveDirectory(root, 'options.join.root'),
    cwd: resolveDirectory(cwd, 'options.join.cwd'),
    env: flagOr(false, env, 'options.join.env'),
    credentials: flagOr(false, credentials, 'options.join.credentials'),
    fork: flagOr(true, fork, 'options.join.fork'),
  };
}

function resolveDirectory(value: unknown, name: string): boolean | string {
  if (!isGiven(value)) return false;
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') throw invalidArgType(name, 'of type boolean or string', value);
  validateNoNul(value, name);
  return value;
}
