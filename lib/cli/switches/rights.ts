// The switches of `namespawn run` for what the command may do.
import {readFileSync} from 'node:fs';
import {type Command, InvalidArgumentError, Option} from 'commander';
import type {Capabilities, CapabilityName} from '../../features/capabilities.js';
import type {PersonalityFlag} from '../../features/personality.js';
import {resolveId} from '../../shared/ids.js';
import {native} from '../../shared/native.js';
import {asText} from '../../shared/own.js';
import type {SpawnOptions} from '../../start/options/spawn-options.js';
import {readFilter} from '../seccomp.js';

/** The switches of rights. */
export interface RightsSwitches {
  cap?: string[];
  capAdd?: string[];
  capDrop?: string[];
  boundingSet?: string[];
  keepCaps?: boolean;
  newPrivileges?: boolean;
  seccomp?: string[];
  umask?: string;
  keyring?: 'new';
  coreDumps?: boolean;
  personality?: PersonalityFlag[];
}

/** Adds the switches. */
export function addRightsSwitches(command: Command): void {
  command
    .option('--cap <names>', 'give the command exactly these capabilities, such as NET_RAW,CHOWN, ALL or NONE', toNames)
    .option(
      '--cap-add <names>',
      'add these capabilities to those that the command would have. Can be repeated',
      toNames,
    )
    .option('--cap-drop <names>', 'take these capabilities from it, or ALL. Can be repeated', toNames)
    .option('--keep-caps', 'let the command keep the capabilities of its user namespace, also if it is not user 0')
    .option('--bounding-set <names>', 'limit what set-user-ID programs and capabilities of files can give', toNames)
    .option('--no-new-privileges', 'let no program gain privileges by set-user-ID bits or capabilities of files')
    .option(
      '--seccomp <file>',
      "filter the system calls of the command: 'default', a profile in the JSON of the OCI, or a program. Can be given several times",
      (file: string, others: string[] = []) => [...others, file],
    )
    .option('--umask <octal>', 'the permissions that new files do not have')
    .addOption(new Option('--keyring <kind>', 'give the command a session keyring of its own').choices(['new']))
    .option('--core-dumps', 'let the command leave core dumps, as the limit has it')
    .option('--no-core-dumps', 'leave no core dump, also none for the program of core_pattern')
    .option('--personality <flags>', 'the flags of personality(2), such as ADDR_NO_RANDOMIZE', toFlags);
}

/**
 * Returns the options that the switches stand for.
 * @param options - the other options of the command, which say which user it is
 */
export function toRights(switches: RightsSwitches, options: SpawnOptions): SpawnOptions {
  const {boundingSet, newPrivileges, seccomp, umask, keyring, coreDumps, personality} = switches;
  return {
    capabilities: toCapabilities(switches, options),
    boundingCapabilities: boundingSet && toSet(boundingSet),
    noNewPrivileges: newPrivileges === false ? true : undefined,
    seccomp: seccomp?.map(readFilter),
    umask,
    keyring,
    coreDumps,
    personality,
  };
}

/** As in docker: what is dropped is left out even if it is added, but behind ALL. */
function toCapabilities(
  {cap, capAdd, capDrop, keepCaps}: RightsSwitches,
  options: SpawnOptions,
): Capabilities | undefined {
  const given = cap ? toSet(cap) : keepCaps ? 'all' : undefined;
  if (capAdd === undefined && capDrop === undefined) return given;
  const [added, dropped] = [capAdd ?? [], capDrop ?? []];
  const available = availableCapabilities(options);
  if (added.includes('ALL')) return without(available, dropped);
  if (dropped.includes('ALL')) return names(added);
  const before = given ?? options.capabilities ?? (isUserZero(options) ? 'all' : 'none');
  // The library refuses what a file of --config has else.
  if (typeof before === 'string' ? before !== 'all' && before !== 'none' : !Array.isArray(before)) return before;
  const base = before === 'all' ? available : before === 'none' ? [] : before.map(fullName);
  return without([...new Set([...base, ...names(added)])], dropped);
}

function without(all: readonly string[], dropped: readonly string[]): CapabilityName[] {
  // A name that does not exist is an error, also where it is taken away. The library knows the names.
  const unknown = names(dropped).filter(name => !Object.hasOwn(native().capabilities, name));
  return [...(all.filter(name => !names(dropped).includes(name as CapabilityName)) as CapabilityName[]), ...unknown];
}

/** Returns the names of all capabilities that the command can have. */
function availableCapabilities({namespaces, uidMap}: SpawnOptions): string[] {
  const isNew = Array.isArray(namespaces)
    ? namespaces.includes('user')
    : (namespaces as {user?: unknown} | undefined)?.user === 'new' || uidMap !== undefined;
  const status = readFileSync('/proc/self/status', asText);
  // In a new user namespace there are all that the kernel has.
  const isPrivileged = process.geteuid!() === 0 && !isNew;
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', asText));
  const bits = isPrivileged ? BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)![1]}`) : (1n << BigInt(last + 1)) - 1n;
  return Object.entries(native().capabilities)
    .filter(([, number]) => (bits >> BigInt(number)) & 1n)
    .map(([name]) => name);
}

/** Returns whether the command is user 0 in its user namespace, to which the kernel gives all capabilities. */
function isUserZero({uid, uidMap}: SpawnOptions): boolean {
  if (uid !== undefined && uid !== null) return uid === 0 || uid === 'root';
  const own = process.geteuid!();
  if (uidMap === 'root' || uidMap === 'subids') return true;
  if (uidMap === undefined || uidMap === 'identity') return own === 0;
  if (!Array.isArray(uidMap)) return false;
  const ranges = uidMap.map(({containerId, hostId, size}) => {
    const [inside, outside] = [containerId, hostId].map(id => resolveId('user', id, 'options.uidMap'));
    return {inside: inside!, outside: outside!, size};
  });
  const holding = ranges.find(({outside, size}) => own >= outside && own < outside + size);
  // A caller whose own id is not mapped runs as the first one.
  return (holding === undefined ? ranges[0]?.inside : holding.inside + own - holding.outside) === 0;
}

function toNames(text: string, others: string[] = []): string[] {
  const words = text.split(',').map(word => word.trim().toUpperCase());
  if (words.some(word => word === ''))
    throw new InvalidArgumentError('It must be a list of names, such as NET_RAW,CHOWN.');
  return [...others, ...words];
}

function toSet(words: readonly string[]): Capabilities {
  if (words.includes('ALL')) return 'all';
  return words.includes('NONE') && words.length === 1 ? 'none' : names(words);
}

const names = (words: readonly string[]): CapabilityName[] => words.filter(word => word !== 'ALL').map(fullName);

const fullName = (word: string): CapabilityName => `CAP_${String(word).replace(/^CAP_/, '')}` as CapabilityName;

function toFlags(text: string): PersonalityFlag[] {
  // The library knows the names.
  return text.split(',').map(name => name.trim().toUpperCase() as PersonalityFlag);
}
