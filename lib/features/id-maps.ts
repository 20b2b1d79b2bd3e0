// The options `uidMap`, `gidMap` and `setgroups`: the ids of a new user namespace.
import {invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {areMapped, hasCapability} from '../shared/facts.js';
import {resolveId} from '../shared/ids.js';
import {EPERM} from '../shared/kernel.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {type Operations, type SetupOperations, type Step, setupFeature} from './feature.js';
import {idMapCauses, mayMapOthers} from './id-map-causes.js';

/**
 * A range of ids: `size` of them, `containerId` and following inside, `hostId` and following in the caller's user namespace. As
 * the OCI's runtime specification has it.
 */
export interface IdMapping {
  /** The first id inside, or the name of a user (in `uidMap`) or group (in `gidMap`), which stands for its number outside. */
  containerId: number | string;
  /** The first id in the caller's user namespace, or a name as for `containerId`. */
  hostId: number | string;
  /** How many. */
  size: number;
}

/** A mapping whose names have been looked up. */
interface IdRange {
  containerId: number;
  hostId: number;
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

/** A map in the format of the kernel, and what follows from it. */
export interface IdMap {
  /** The lines for uid_map or gid_map. */
  text: string;
  /** Whether a process may write it for itself: one line that maps its own id. */
  isOwn: boolean;
  /** The caller's own id inside, if it is mapped. */
  callerId: number | undefined;
  ranges: readonly IdRange[];
  /** Whether the option lists the ranges. */
  isListed: boolean;
  /** The id to which nsinit switches if the caller's id is not mapped. */
  firstId: number;
}

export const idMaps = setupFeature<IdMapOptions, ResolvedMaps>({
  title: 'Id maps of a user namespace',
  needs: 'user',
  addsNamespace: true,
  examples: {uidMap: 'root', gidMap: 'root', setgroups: 'deny'},
  resolve: (options, {namespaces}) => (namespaces.has('user') ? resolveMaps(options) : undefined),
  write(operations, value, {joins}) {
    if (value === undefined) return;
    // Only with a user 0 can a process inside have capabilities. Without one, an ordinary user outside may inspect its own nsinit.
    if (value.uidMap.firstId === 0) operations.setFlag('HAS_ROOT');
    addMaps(operations, value, joins.length === 0);
  },
  causes: idMapCauses,
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
    addWrite(operations, {step: 'uidMap', path: '/proc/self/uid_map', ids: uidMap.ranges}, uidMap.text);
    return;
  }
  operations.note({step: 'uidMap', ids: uidMap.ranges, findIndex: errno => refusedMapping(errno, 'uid', uidMap)});
  operations.note({step: 'gidMap', ids: gidMap.ranges, findIndex: errno => refusedMapping(errno, 'gid', gidMap)});
  operations.add({step: 'uidMap'}, 'AWAIT_MAPS');
  if (uidMap.callerId === undefined || gidMap.callerId === undefined) {
    // The caller's id is not mapped, so nsinit would run as the overflow id. It switches to a mapped id.
    const uid = uidMap.callerId ?? uidMap.firstId;
    const gid = gidMap.callerId ?? gidMap.firstId;
    operations.add({step: 'uidMap'}, 'SET_IDS', [uid, gid]);
  }
  operations.maps = [setgroups === 'deny' ? 'deny' : '', gidMap.text, uidMap.text];
}

function addWrite(operations: Operations, step: Step & {path: string}, content: string): void {
  operations.add(step, 'WRITE', [0], `${step.path}\0${content}`);
}

/** Finds the range that the kernel refuses: one of another id where privilege is missing, or one that is not mapped outside. */
function refusedMapping(errno: number, type: 'uid' | 'gid', {ranges, isListed}: IdMap): number | undefined {
  if (!isListed || errno !== EPERM) return undefined;
  const caller = type === 'uid' ? process.geteuid!() : process.getegid!();
  const isOwn = ({hostId, size}: IdRange): boolean => hostId === caller && size === 1;
  const mayBe = ({hostId, size}: IdRange): boolean => areMapped(type, hostId, size);
  const needsFileCapabilities = ({hostId}: IdRange): boolean =>
    type === 'uid' && hostId === 0 && !hasCapability('CAP_SETFCAP');
  const may = mayMapOthers({step: `${type}Map`}) ? mayBe : isOwn;
  const index = ranges.findIndex(range => needsFileCapabilities(range) || !may(range));
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
 * @param option - the value of the option
 * @param name - 'uidMap' or 'gidMap'
 * @param callerId - the caller's effective id
 */
function resolveIdMap(option: unknown, name: keyof typeof mapFiles, callerId: number): IdMap {
  const mappings = readMappings(option, name === 'uidMap' ? 'user' : 'group', `options.${name}`, callerId);
  const own = mappings.find(({hostId, size}) => callerId >= hostId && callerId < hostId + size);
  const [first] = mappings as [IdRange, ...IdRange[]];
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
    ranges: mappings,
    isListed: Array.isArray(option),
    isOwn: mappings.length === 1 && first.size === 1 && first.hostId === callerId,
    callerId: own && own.containerId + (callerId - own.hostId),
    firstId: mappings.some(({containerId}) => containerId === 0) ? 0 : first.containerId,
  };
}

function readMappings(option: unknown, kind: 'user' | 'group', name: string, callerId: number): readonly IdRange[] {
  if (!isGiven(option) || option === 'identity') return [{containerId: callerId, hostId: callerId, size: 1}];
  if (option === 'root') return [{containerId: 0, hostId: callerId, size: 1}];
  if (typeof option === 'string') {
    throw invalidArgValue(name, option, "must be 'root', 'identity' or an array of mappings");
  }
  if (!Array.isArray(option)) throw invalidArgType(name, "'root', 'identity' or an array of mappings", option);
  if (option.length === 0) throw invalidArgValue(name, option, 'must hold at least one mapping');
  if (option.length > maxMappings) throw outOfRange(`${name}.length`, `<= ${maxMappings}`, option.length);
  const mappings = option.map((mapping, index) => readMapping(mapping, kind, `${name}[${index}]`));
  checkOverlap(mappings, name, 'containerId');
  checkOverlap(mappings, name, 'hostId');
  return mappings;
}

const mappingFields = new KnownOptions(namesOf<IdMapping>({containerId: true, hostId: true, size: true}));

function readMapping(mapping: unknown, kind: 'user' | 'group', name: string): IdRange {
  if (typeof mapping !== 'object' || mapping === null) {
    throw invalidArgType(name, 'an object {containerId, hostId, size}', mapping);
  }
  const given = mappingFields.read(mapping as Partial<Record<keyof IdMapping, unknown>>, name);
  const {size} = given;
  const containerId = readId(given.containerId, kind, `${name}.containerId`);
  const hostId = readId(given.hostId, kind, `${name}.hostId`);
  validateInteger(size, `${name}.size`, 1, idLimit);
  // The last id, 4294967295, means "no change" to the kernel and cannot be mapped.
  const room = idLimit - Math.max(containerId, hostId);
  if (size > room) throw outOfRange(`${name}.size`, `<= ${room}, so that every id is below ${idLimit}`, size);
  return {containerId, hostId, size};
}

function readId(option: unknown, kind: 'user' | 'group', name: string): number {
  const id = typeof option === 'string' ? resolveId(kind, option, name) : option;
  validateInteger(id, name, 0, idLimit - 1);
  return id;
}

function checkOverlap(mappings: readonly IdRange[], name: string, field: 'containerId' | 'hostId'): void {
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
