// Describes errors in the words of the command line. The messages of the library name its own options and functions.
import {NamespaceError} from '../errors/errors.js';
import {phrases} from './phrases.js';

/** The exit status of a mistake in the use of the command, and of namespaces that cannot be created. That of docker run and env(1). */
export const usageStatus = 125;

/** The command was used in a wrong way. The exit status is {@link usageStatus}. */
export class UsageError extends Error {}

/** What only the caller of a function knows of the words that its user has given. */
export interface Wording {
  /** The switches that stand for each of the option `mounts`. */
  mounts?: readonly string[];
  /** The file of --config, and the options that come from it. */
  config?: {file: string; names: ReadonlySet<string>} | undefined;
}

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
  'mounts.length': 'the number of mounts',
  'root.bind': '--root',
  cwd: '--chdir',
  capabilities: 'capabilities',
  boundingCapabilities: '--bounding-set',
  noNewPrivileges: '--no-new-privileges',
  coreDumps: '--no-core-dumps',
  ioPriority: '--io-priority',
  'ioPriority.class': '--io-priority',
  'ioPriority.level': '--io-priority',
  'scheduler.policy': '--scheduler',
  'scheduler.priority': '--scheduler',
  cpuAffinity: '--cpu-affinity',
  hostname: '--hostname',
  pid: '--pid',
  proc: '--proc',
  pty: '--pty',
  seccomp: '--seccomp',
  syscall: 'CALL',
};

/** Returns the message of an error in the words of the command line. */
export function describeError(error: unknown, wording: Wording = {}): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof NamespaceError) return describeFailure(error, wording);
  return describeArgument(error, wording) ?? describeCommand(error) ?? error.message;
}

/** Returns the switch that sets an option. */
function switchOf(option: string, otherwise = ''): string {
  return switches[option] ?? option.replace(/^namespaces\.|^/, found => (found === '' ? otherwise : '--'));
}

/** Returns the words that stand for an option or for a part of it, such as 'mounts[1].source'. */
function wordsFor(name: string, {mounts, config}: Wording, otherwise = ''): string {
  const [, index, field] = /^mounts\[(\d+)\]\.?(.*)$/.exec(name) ?? [];
  const mount = mounts?.[Number(index)];
  if (mount !== undefined) return field ? `${mount}: ${field}` : mount;
  if (config?.names.has(/^\w*/.exec(name)![0])) return `"${name}" of ${config.file}`;
  return switchOf(name.replace(/\[\d+\]$/, ''), otherwise);
}

/** Replaces what a hint says of options of the library. */
export function translateHint(hint: string): string {
  return phrases.reduce((text, [of, instead]) => text.replaceAll(of, instead), hint);
}

function describeFailure({code, syscall, path, step, index, hint, message}: NamespaceError, wording: Wording): string {
  // Some errors have a message of their own.
  if (!message.startsWith(`${code}: `)) return message;
  const what = [syscall, path === undefined ? undefined : `'${path}'`].filter(Boolean).join(' ') || 'failed';
  // The look-up of a process or a file is no step of which the user knows.
  const name = step === 'mounts' && index !== undefined ? `mounts[${index}]` : step;
  const where = name === undefined || name === 'source' ? '' : ` (step ${wordsFor(name, wording)})`;
  return `${code}: ${what}${where}${hint === undefined ? '' : `: ${translateHint(hint)}`}`;
}

/** The errors for arguments, such as "The property 'options.hostname' must be shorter. Received type string ('x')". */
function describeArgument({message}: Error, wording: Wording): string | undefined {
  const pattern =
    /^The (?:property |argument |value of )?['"](?:options\.)?([\w.[\]]+)['"] (?:property |argument )?(?:is out of range\. It )?(.*?)\. Received (.*)$/s;
  const [, fullName, reason, received = ''] = pattern.exec(message) ?? [];
  if (fullName === undefined) return undefined;
  // No switch has this value: several set it.
  if (fullName === 'namespaces') return `the namespaces ${translateHint(reason!)}`;
  const value = /^type \w+ \((.*)\)$/s.exec(received)?.[1] ?? received;
  const what = wordsFor(fullName, wording, '--');
  return value === 'undefined' ? `${what} is missing` : `${what} ${translateHint(reason!)}, and is ${value}`;
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
