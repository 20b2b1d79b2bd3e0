// The options `uidMap`, `gidMap` and `setgroups`: who is who in a new user namespace.
import {invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {areMapped, isAdministrator, isRestrictedByAppArmor} from '../shared/facts.js';
import {readOnlyProc, when} from '../shared/hint.js';
import {EPERM} from '../shared/kernel.js';
import {own} from '../shared/own.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {type Operations, type SetupOperations, setupFeature} from './feature.js';

/**
 * A range of ids: `size` of them, `containerId` and following inside, `hostId` and following in the caller's user namespace. As
 * the OCI's runtime specification has it.
 */
export interface IdMapping {
  /** The first id inside. */
  containerId: number;
  /** The first id in the caller's user namespace. */
  hostId: number;
  /** How many. */
  size: number;
}

/** A map of ids: ranges; or 'root', the caller is 0 inside; or 'identity', the caller keeps its id. */
export type IdMapOption = readonly IdMapping[] | 'root' | 'identity';

export interface IdMapOptions {
  /** The new user namespace's user ids. Default 'identity'. user_namespaces(7) */
  uidMap?: IdMapOption | undefined;
  /** The new user namespace's group ids. Default: as `uidMap` where that is 'root' or 'identity', else 'identity'. */
  gidMap?: IdMapOption | undefined;
  /** Whether setgroups(2) works inside. Default 'deny' where the map holds the caller's own id alone, else 'allow'. */
  setgroups?: 'allow' | 'deny' | undefined;
}

export interface ResolvedMaps {
  uidMap: IdMap;
  gidMap: IdMap;
  setgroups: 'allow' | 'deny';
}

/** A map as the kernel takes it, and what follows from it. */
export interface IdMap {
  /** The lines for uid_map or gid_map. */
  text: string;
  /** Whether a process may write it for itself: one line that maps its own id. */
  isOwn: boolean;
  /** What the caller's own id is inside, if it is mapped. */
  callerId: number | undefined;
  /** The ranges, where the option lists them. */
  mappings: readonly IdMapping[] | undefined;
  /** Whom to become where the caller is not mapped. */
  firstId: number;
}

const maps = ['uidMap', 'gidMap', 'setgroups'];

export const idMaps = setupFeature<IdMapOptions, ResolvedMaps>({
  title: 'Id maps of a user namespace',
  needs: 'user',
  addsNamespace: true,
  examples: {uidMap: 'root', gidMap: 'root', setgroups: 'deny'},
  resolve: (options, {namespaces}) => (namespaces.has('user') ? resolveMaps(options) : undefined),
  write(operations, value, {joins}) {
    if (value === undefined) return;
    // Without a user 0 nobody inside has a capability, and an ordinary user outside may look at its own nsinit.
    if (value.uidMap.firstId === 0) operations.setFlag('HAS_ROOT');
    addMaps(operations, value, joins.length === 0);
  },
  causes: [
    ...(['EPERM', 'EACCES'] as const).map(code => ({
      steps: maps,
      code,
      applies: () => when(isRestrictedByAppArmor()),
      why: 'AppArmor lets a program without a profile make a user namespace, but nothing in it (kernel.apparmor_restrict_unprivileged_userns is 1)',
      advice:
        'install an AppArmor profile for the node executable with the rule `userns,`, or run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root',
    })),
    {
      steps: maps,
      code: 'EPERM',
      applies: () => when(!isAdministrator()),
      why: "without CAP_SETUID and CAP_SETGID only the caller's own id may be mapped, and a gid only with setgroups: 'deny'",
      advice: "use 'root' or 'identity', or run with these capabilities",
    },
    {
      steps: maps,
      code: 'EPERM',
      why: "a mapped host id is not mapped in the caller's own user namespace, or a capability is missing there",
      advice: 'see /proc/self/uid_map and gid_map for the ids that are mapped',
    },
    {
      steps: maps,
      code: 'EACCES',
      why: 'this process or nsinit is not dumpable, or /proc shows another PID namespace',
      advice: 'mount a /proc of this PID namespace',
    },
    {
      steps: maps,
      code: 'EINVAL',
      why: 'the kernel refuses the map: ranges overlap, or there are more ranges than it allows',
      advice: 'see user_namespaces(7)',
    },
    readOnlyProc(maps),
    {
      steps: maps,
      code: 'ENOENT',
      why: 'there is no /proc here to write the map to',
      advice: 'mount /proc',
    },
  ],
});

function resolveMaps(options: IdMapOptions): ResolvedMaps {
  const uidMap = resolveIdMap(options.uidMap, 'uidMap', process.geteuid!());
  const alike = typeof options.uidMap === 'string' ? options.uidMap : undefined;
  const gidMap = resolveIdMap(options.gidMap ?? alike, 'gidMap', process.getegid!());
  return {uidMap, gidMap, setgroups: resolveSetgroups(options.setgroups, gidMap)};
}

/** @param hasProc - whether nsinit sees itself in /proc; one that joins a mount namespace may not */
function addMaps(operations: SetupOperations, {uidMap, gidMap, setgroups}: ResolvedMaps, hasProc: boolean): void {
  // The kernel lets a process map its own id, and its group only where it gives up setgroups(2). Node writes all other maps.
  if (hasProc && uidMap.isOwn && gidMap.isOwn && setgroups === 'deny') {
    addWrite(operations, {step: 'setgroups', path: '/proc/self/setgroups'}, setgroups);
    addWrite(operations, {step: 'gidMap', path: '/proc/self/gid_map'}, gidMap.text);
    addWrite(operations, {step: 'uidMap', path: '/proc/self/uid_map'}, uidMap.text);
    return;
  }
  operations.note({step: 'uidMap', findIndex: errno => refusedMapping(errno, 'uid', uidMap)});
  operations.note({step: 'gidMap', findIndex: errno => refusedMapping(errno, 'gid', gidMap)});
  operations.add({step: 'uidMap'}, 'AWAIT_MAPS');
  if (uidMap.callerId === undefined || gidMap.callerId === undefined) {
    // The caller's id is not mapped, so nsinit would run as the overflow id. It switches to a mapped id.
    const uid = uidMap.callerId ?? uidMap.firstId;
    const gid = gidMap.callerId ?? gidMap.firstId;
    operations.add({step: 'uidMap'}, 'SET_IDS', [uid, gid]);
  }
  operations.maps = [setgroups === 'deny' ? 'deny' : '', gidMap.text, uidMap.text];
}

function addWrite(operations: Operations, step: {step: string; path: string}, content: string): void {
  operations.add(step, 'WRITE', [0], `${step.path}\0${content}`);
}

/** Finds the range that the kernel refuses: one of another id where privilege is missing, or one that is not mapped outside. */
function refusedMapping(errno: number, type: 'uid' | 'gid', {mappings}: IdMap): number | undefined {
  if (mappings === undefined || errno !== EPERM) return undefined;
  const caller = type === 'uid' ? process.geteuid!() : process.getegid!();
  const isOwn = ({hostId, size}: IdMapping): boolean => hostId === caller && size === 1;
  const mayBe = ({hostId, size}: IdMapping): boolean => areMapped(type, hostId, size);
  const index = mappings.findIndex(mapping => !(isAdministrator() ? mayBe(mapping) : isOwn(mapping)));
  return index < 0 ? undefined : index;
}

/** Returns whether an id exists in the new user namespace. */
export function isInside({text}: IdMap, id: number): boolean {
  return text
    .trim()
    .split('\n')
    .map(line => line.split(' ').map(Number))
    .some(([first = 0, , size = 0]) => id >= first && id < first + size);
}

// user_namespaces(7): 340 since Linux 4.15.
const maxMappings = 340;
// A map is written at once, and less than a page of it: the smallest page is 4 KB.
const maxText = 4095;
const mapFiles = {uidMap: 'uid_map', gidMap: 'gid_map'};
const idLimit = 0xffffffff;

/**
 * @param option - what the user gave
 * @param name - 'uidMap' or 'gidMap'
 * @param callerId - the caller's effective id
 */
function resolveIdMap(option: unknown, name: keyof typeof mapFiles, callerId: number): IdMap {
  const mappings = readMappings(option, `options.${name}`, callerId);
  const own = mappings.find(({hostId, size}) => callerId >= hostId && callerId < hostId + size);
  const [first] = mappings as [IdMapping, ...IdMapping[]];
  const text = mappings.map(({containerId, hostId, size}) => `${containerId} ${hostId} ${size}\n`).join('');
  if (text.length > maxText) {
    throw outOfRange(
      `options.${name}`,
      `at most ${maxText} characters, as the lines of ${mapFiles[name]}`,
      text.length,
    );
  }
  return {
    text,
    mappings: Array.isArray(option) ? mappings : undefined,
    isOwn: mappings.length === 1 && first.size === 1 && first.hostId === callerId,
    callerId: own && own.containerId + (callerId - own.hostId),
    firstId: mappings.some(({containerId}) => containerId === 0) ? 0 : first.containerId,
  };
}

function readMappings(option: unknown, name: string, callerId: number): readonly IdMapping[] {
  if (!isGiven(option) || option === 'identity') return [{containerId: callerId, hostId: callerId, size: 1}];
  if (option === 'root') return [{containerId: 0, hostId: callerId, size: 1}];
  if (typeof option === 'string') {
    throw invalidArgValue(name, option, "must be 'root', 'identity' or an array of mappings");
  }
  if (!Array.isArray(option)) throw invalidArgType(name, "'root', 'identity' or an array of mappings", option);
  if (option.length === 0) throw invalidArgValue(name, option, 'must hold at least one mapping');
  if (option.length > maxMappings) throw outOfRange(`${name}.length`, `<= ${maxMappings}`, option.length);
  const mappings = option.map((mapping, index) => readMapping(mapping, `${name}[${index}]`));
  checkOverlap(mappings, name, 'containerId');
  checkOverlap(mappings, name, 'hostId');
  return mappings;
}

function readMapping(mapping: unknown, name: string): IdMapping {
  if (typeof mapping !== 'object' || mapping === null) {
    throw invalidArgType(name, 'an object {containerId, hostId, size}', mapping);
  }
  const {containerId, hostId, size} = own(mapping as Partial<Record<keyof IdMapping, unknown>>);
  validateInteger(containerId, `${name}.containerId`, 0, idLimit - 1);
  validateInteger(hostId, `${name}.hostId`, 0, idLimit - 1);
  validateInteger(size, `${name}.size`, 1, idLimit);
  // The last id, 4294967295, means "no change" to the kernel and cannot be mapped.
  const room = idLimit - Math.max(containerId, hostId);
  if (size > room) throw outOfRange(`${name}.size`, `<= ${room}, so that every id is below ${idLimit}`, size);
  return {containerId, hostId, size};
}

function checkOverlap(mappings: readonly IdMapping[], name: string, field: 'containerId' | 'hostId'): void {
  const ordered = mappings.map((mapping, index) => ({mapping, index}));
  ordered.sort((a, b) => a.mapping[field] - b.mapping[field]);
  ordered.reduce((before, next) => {
    if (before.mapping[field] + before.mapping.size > next.mapping[field]) {
      throw invalidArgValue(
        `${name}[${next.index}].${field}`,
        next.mapping[field],
        `must not overlap with that of ${name}[${before.index}]`,
      );
    }
    return next;
  });
}

/** What setgroups(2) does inside: by default it is denied wherever a process writes its own map. */
function resolveSetgroups(option: unknown, gidMap: IdMap): 'allow' | 'deny' {
  if (!isGiven(option)) return gidMap.isOwn ? 'deny' : 'allow';
  if (option !== 'allow' && option !== 'deny') {
    throw invalidArgValue('options.setgroups', option, "must be 'allow' or 'deny'");
  }
  return option;
}
