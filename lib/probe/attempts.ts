// Creates namespaces by spawnInNamespace, so that probe() tests the same code as any other command.
import {existsSync} from 'node:fs';
import {explain} from '../errors/hints.js';
import {isAdministrator} from '../shared/facts.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {own} from '../shared/own.js';
import type {SpawnOptions} from '../start/options/spawn-options.js';
import {spawnInNamespace} from '../start/spawn.js';
import {untrusted} from '../start/untrusted.js';
import {byLandlock} from '../start/untrusted-landlock.js';
import type {ProbeResult} from './report.js';

// The fastest program that most systems have. An image that contains nothing else still contains Node.
const programs: readonly (readonly [file: string, ...args: string[]])[] = [['/bin/true'], ['/usr/bin/true']];

function program(): readonly [file: string, ...args: string[]] {
  return programs.find(([file]) => existsSync(file)) ?? [process.execPath, '--version'];
}

type Failure = NodeJS.ErrnoException & {step?: string; hint?: string};

/** Runs a command that does nothing with these options, and returns whether it worked and, if not, why. */
export async function attempt(name: string, options: SpawnOptions): Promise<ProbeResult> {
  const [file, ...args] = program();
  let failure: Failure | undefined;
  try {
    const child = spawnInNamespace(file, args, {...options, stdio: 'ignore', cwd: '/', env: {}});
    child.once('error', (error: Failure) => {
      failure = error;
    });
    await new Promise(resolve => child.once('close', resolve));
  } catch (error) {
    failure = error as Failure;
  }
  return failure === undefined ? {name, works: true} : describe(name, failure, typesOf(options));
}

function typesOf(options: SpawnOptions): NamespaceType[] {
  const {namespaces = ['pid', 'mnt']} = own(options);
  if (Array.isArray(namespaces)) return [...namespaces];
  const byType = namespaces as Partial<Record<NamespaceType, string>>;
  return namespaceTypes.filter(type => byType[type] === 'new');
}

function describe(name: string, failure: Failure, types: NamespaceType[]): ProbeResult {
  const {code = 'UNKNOWN', errno, syscall, step} = failure;
  // spawnInNamespace adds a user namespace where the caller lacks CAP_SYS_ADMIN.
  const namespaces = isAdministrator() ? types : [...types, 'user' as const];
  // An error of this machine may have a hint of its own, such as that of a Landlock that is too old.
  const [hinted = failure.message, advised] = failure.hint?.split('; ') ?? [];
  const {why = hinted, advice = advised} = explain({code, syscall, step, namespaces}) ?? {};
  return {
    name,
    works: false,
    code,
    ...(errno === undefined ? {} : {errno}),
    ...(syscall === undefined ? {} : {syscall}),
    ...(step === undefined ? {} : {step}),
    why,
    ...(advice === undefined ? {} : {advice}),
  };
}

/** Tries each type by itself. */
export async function attemptTypes(): Promise<Record<NamespaceType, ProbeResult>> {
  const results: Partial<Record<NamespaceType, ProbeResult>> = {};
  // One after the other, so that the probe itself does not reach a limit on processes.
  for (const type of namespaceTypes) results[type] = await attempt(type, {namespaces: [type]});
  return results as Record<NamespaceType, ProbeResult>;
}

/** The combinations that programs use, the most common first. */
const combinations: readonly [name: string, options: SpawnOptions][] = [
  ['pid, mnt with /proc: the default', {}],
  ['pid, mnt without an own /proc', {mountProc: false}],
  ['pid, mnt with the command as PID 1', {init: false}],
  ['rootless: user, pid, mnt with /proc', {namespaces: ['user', 'pid', 'mnt']}],
  ['rootless: user, pid, mnt without an own /proc', {namespaces: ['user', 'pid', 'mnt'], mountProc: false}],
  ['rootless: user, pid, mnt as root inside', {namespaces: ['user', 'pid', 'mnt'], uidMap: 'root'}],
  ['rootless: user, net with loopback', {namespaces: ['user', 'net']}],
  ['rootless: user, time with an offset', {namespaces: ['user', 'time'], timeOffsets: {boottime: 3600}}],
  ['rootless: user, uts with a host name', {namespaces: ['user', 'uts'], hostname: 'probe'}],
  ['all eight types', {namespaces: [...namespaceTypes]}],
];

export async function attemptCombinations(): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const [name, options] of combinations) results.push(await attempt(name, options));
  return results;
}

/** The parts of untrusted(), each by itself, so that the report names the one that is missing. */
function partsOfUntrusted(): readonly [name: string, options: SpawnOptions][] {
  const {namespaces, uidMap, gidMap, setgroups, root, mounts, keyring, coreDumps, rlimits} = untrusted();
  const user: SpawnOptions = {namespaces: ['user', 'pid', 'mnt'], uidMap, gidMap, setgroups};
  return [
    ['ids that own nothing outside', user],
    ['all namespaces', {...user, namespaces}],
    ['a root of its own', {...user, root, mounts}],
    ['no capability, no new privileges', {...user, capabilities: 'none', noNewPrivileges: true}],
    ['the filter of system calls', {...user, noNewPrivileges: true, seccomp: 'default'}],
    ['a keyring of its own', {...user, keyring}],
    ['no core dumps', {...user, coreDumps}],
    ['a limit of processes', {...user, rlimits}],
  ];
}

/** Tries all of untrusted(), its parts, and its fallback. */
export async function attemptUntrusted(): Promise<ProbeResult[]> {
  const wanted: [string, () => SpawnOptions][] = [['untrusted()', () => untrusted()]];
  const results: ProbeResult[] = [];
  try {
    wanted.push(...partsOfUntrusted().map(([name, options]): [string, () => SpawnOptions] => [name, () => options]));
  } catch {
    // The first attempt says why there are no options.
  }
  wanted.push(["Landlock alone, for fallback: 'landlock'", () => byLandlock({}, false)]);
  for (const [name, options] of wanted) results.push(await attemptOptions(name, options));
  return results;
}

async function attemptOptions(name: string, options: () => SpawnOptions): Promise<ProbeResult> {
  try {
    return await attempt(name, options());
  } catch (error) {
    return describe(name, error as Failure, []);
  }
}
