// Describes errors in the words of the command line. The messages of the library name its own options and functions.
import {NamespaceError} from '../errors/errors.js';

/** The exit status of a mistake in the use of the command, and of namespaces that cannot be created. That of docker run and env(1). */
export const usageStatus = 125;

/** The command was used in a wrong way. The exit status is {@link usageStatus}. */
export class UsageError extends Error {}

/** The switches by which the command line sets the options of the library, and names for what it sets by no switch. */
const switches: Readonly<Record<string, string>> = {
  file: 'COMMAND',
  args: 'ARG',
  uidMap: '--map-root',
  gidMap: '--map-root',
  namespacePid: '--set-pid',
  uid: '--setuid',
  gid: '--setgid',
  mountProc: '/proc',
  dieWithParent: '--die-with-parent',
  timeout: '--grace',
  stdio: 'descriptors',
  loopback: 'loopback interface',
  'namespaces.mnt': '--mount',
  'join.root': '--root',
  'join.cwd': '--wd',
  'join.env': '--env',
  persist: '--TYPE=FILE',
  timeOffsets: '--boottime',
  capabilities: '--keep-caps',
  hostname: '--hostname',
  pid: '--pid',
  proc: '--proc',
  pty: '--pty',
  seccomp: '--seccomp',
  syscall: 'CALL',
};

/** What hints say of the library's options, and what the command line has instead. */
const phrases: readonly (readonly [of: string, instead: string])[] = [
  [
    "add 'pid' and 'user' to the namespaces, or set mountProc: false",
    'add --pid and --user, or leave --pid or --mnt out',
  ],
  ["add 'user' to the namespaces", 'add --user'],
  ["create a PID namespace with it: 'pid' among the namespaces", 'add --pid'],
  ["create a PID namespace with the sandbox: 'pid' among its namespaces", 'add --pid'],
  ["create the sandbox with 'mnt' and 'pid' among its namespaces", 'add --mnt and --pid'],
  [', or set mountProc: false', ', or leave --pid or --mnt out'],
  ["or set propagation: 'unchanged' and mountProc: false", 'or leave --pid or --mnt out'],
  ['set mountProc: false', 'leave --pid or --mnt out'],
  ["add 'user' and 'net' to the namespaces, or leave mountSys out", 'add --user and --net'],
  [', or set mountSys: false', ', or leave --net or --mnt out'],
  ['set mountSys: false', 'leave --net or --mnt out'],
  [
    'release it (releaseNamespace) or use another path',
    'unmount it (umount; namespawn netns delete) or use another name',
  ],
  [
    'listNamespaces() has the paths at which namespaces are mounted (`mounts`)',
    'namespawn ls -o NSFS has the paths of those that are mounted',
  ],
  ['netns.list() has the names', 'namespawn netns list has the names'],
  ["use the id that it has (netns.list()), or 'auto'", "use the id that it has (namespawn netns list), or 'auto'"],
  ['or let nsinit be the first (init: true)', 'or leave --no-init out'],
  ['start a command in one: spawnInNamespace(), or clone() with CLONE_NEWUSER', 'use namespawn run --user'],
  ['start a command in new namespaces: spawnInNamespace()', 'use namespawn run'],
  ['probe() reports', 'namespawn probe reports'],
  ["run as root, or in a user namespace with uidMap: 'root' and without `groups`", 'run as root, or with --map-root'],
  ['join the user namespace that owns it as well (`user`)', 'enter the user namespace that owns it as well (--user)'],
  ['keep a namespace by a handle (openNamespace) to join', 'mount a namespace on a file to join'],
  ['leave out join.cwd', 'leave --wd out'],
  ['join it as `user`', 'enter it as well (--user)'],
  ['set newSession: false', 'leave --pty out'],
  ["use 'root' or 'identity'", 'use --map-root'],
  ['map it with uidMap or gidMap', 'use an id that is mapped'],
  ['a descriptor in stdio is not open', 'a descriptor is not open'],
  ['keep it open until the call has returned', 'keep it open'],
  ["which 'ignore' opens", 'which the command needs'],
  ["give descriptors instead of 'ignore'", 'open descriptors 0 to 2'],
  [' and set it for the command alone (rlimits.fsize)', ''],
  ['or make a new sandbox where a command of it has lowered the limit', 'or start the command again'],
  ['setns() of namespawn/sys', 'setns(2)'],
  ['compile a profile instead (compileSeccomp)', 'use a profile instead'],
  [', which noNewPrivileges: false forbids', ''],
  ['set noNewPrivileges or leave it out, or add', 'add'],
];

/** Returns the message of an error in the words of the command line. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof NamespaceError) return describeFailure(error);
  return describeArgument(error) ?? describeCommand(error) ?? error.message;
}

/** Returns the switch that sets an option. */
function switchOf(option: string, otherwise = ''): string {
  return switches[option] ?? option.replace(/^namespaces\.|^/, found => (found === '' ? otherwise : '--'));
}

/** Replaces what a hint says of options of the library. */
export function translateHint(hint: string): string {
  return phrases.reduce((text, [of, instead]) => text.replaceAll(of, instead), hint);
}

function describeFailure({code, syscall, path, step, hint, message}: NamespaceError): string {
  // Some errors have a message of their own.
  if (!message.startsWith(`${code}: `)) return message;
  const what = [syscall, path === undefined ? undefined : `'${path}'`].filter(Boolean).join(' ') || 'failed';
  // The look-up of a process or a file is no step of which the user knows.
  const where = step === undefined || step === 'source' ? '' : ` (step ${switchOf(step)})`;
  return `${code}: ${what}${where}${hint === undefined ? '' : `: ${translateHint(hint)}`}`;
}

/** The errors for arguments, such as "The property 'options.hostname' must be shorter. Received type string ('x')". */
function describeArgument({message}: Error): string | undefined {
  const pattern =
    /^The (?:property |argument |value of )?['"](?:options\.)?([\w.]+)(?:\[\d+\])?['"] (?:property |argument )?(?:is out of range\. It )?(.*?)\. Received (.*)$/s;
  const [, name, reason, received = ''] = pattern.exec(message) ?? [];
  if (name === undefined) return undefined;
  // No switch has this value: several set it.
  if (name === 'namespaces') return `the namespaces ${translateHint(reason!)}`;
  const value = /^type \w+ \((.*)\)$/s.exec(received)?.[1] ?? received;
  return `${switchOf(name, '--')} ${reason}, and is ${value}`;
}

/** The errors for a command that cannot be executed, such as "spawn x ENOENT". */
function describeCommand({code, path, message, hint}: NodeJS.ErrnoException & {hint?: string}): string | undefined {
  if (!message.startsWith('spawn ') || path === undefined) return undefined;
  // It has a hint where not the command but its working directory is at fault.
  if (hint !== undefined) return `${code}: ${translateHint(hint)}`;
  const reasons: Record<string, string> = {
    ENOENT: 'there is no such command',
    EACCES: 'it may not be executed',
    ENOEXEC: 'it is no executable file of this machine',
    E2BIG: 'its arguments and environment are too long',
  };
  return `cannot execute ${path}: ${reasons[code ?? ''] ?? 'the kernel refuses it'} (${code})`;
}
