// The options `uidMap`, `gidMap` and `setgroups`: the ids of a new user namespace.
import {invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {areMapped, hasCapability} from '../shared/facts.js';
import {EPERM} from '../shared/kernel.js';
import {isGiven} from '../shared/validate.js';
import {type Operations, type SetupOperations, type Step, setupFeature} from './feature.js';
import {idMapCauses, mayMapOthers} from './id-map-causes.js';
import {type IdMapping, type IdRange, readMappings} from './id-ranges.js';

/**
 * A map of ids: ranges; 'root', the caller is 0 inside; 'identity', the caller keeps its id; or 'subids', the caller is 0 inside, and all
 * ids that /etc/subuid and /etc/subgid give to it follow from 1 on, as in `unshare --map-root-user --map-auto`. The caller is 0 rather than
 * itself there, so that programs that install packages or change owners find the root that they expect.
 *
 * Other ids than the caller's own need CAP_SETUID and CAP_SETGID. A caller without them gets its ranges by newuidmap(1) and newgidmap(1),
 * which run as children while nsinit waits (Debian: the package uidmap), as far as subuid(5) and subgid(5) allow it. Where nsswitch.conf(5)
 * names another source of subordinate ids, getsubids(1) is asked, which holds the event loop.
 */
export type IdMapOption = readonly IdMapping[] | 'root' | 'identity' | 'subids';

export interface IdMapOptions {
  /** The new user namespace's user ids. Default 'identity'. user_namespaces(7) */
  uidMap?: IdMapOption | undefined;
  /** The new user namespace's group ids. Default: as `uidMap` where that is 'root', 'identity' or 'subids', else 'identity'. */
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
  write(operations, value, {joins, mapsWithin, template}) {
    if (value === undefined) return;
    if (mapsWithin) {
      addMapsWithin(operations, value, template !== undefined);
      return;
    }
    // Without a user 0, and without the option `capabilities`, no process inside has any, and an ordinary user outside may inspect its own
    // nsinit.
    if (value.uidMap.firstId === 0) operations.setFlag('HAS_ROOT');
    addMaps(operations, value, joins.length === 0);
  },
  causes: idMapCauses,
});

/** If the caller's id is not mapped, nsinit would run as the overflow id. It switches to a mapped id. */
export const mappedIds = setupFeature({
  title: 'Ids of the init',
  examples: {},
  write(operations, _, {settings}) {
    const maps = settings.of(idMaps);
    if (maps === undefined) return;
    const {uidMap, gidMap} = maps;
    if (uidMap.callerId !== undefined && gidMap.callerId !== undefined) return;
    const uid = uidMap.callerId ?? uidMap.firstId;
    const gid = gidMap.callerId ?? gidMap.firstId;
    operations.add({step: 'uidMap'}, 'SET_IDS', [uid, gid]);
  },
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
  const programs = [usesProgram('uid', uidMap) ? 'uid' : '', usesProgram('gid', gidMap) ? 'gid' : ''].join(' ');
  operations.maps = [setgroups === 'deny' ? 'deny' : '', gidMap.text, uidMap.text, programs];
}

/**
 * The user namespace is made in one that has the same map, in which the ids are those inside already.
 * @param isOfHost - whether it is made in one that maps the caller's id to itself instead
 */
function addMapsWithin(operations: SetupOperations, maps: ResolvedMaps, isOfHost: boolean): void {
  operations.add(
    {step: 'uidMap'},
    'UNSHARE_MAPPED',
    [0],
    isOfHost ? mapTexts(maps, ({text}) => text) : identityTexts(maps),
  );
}

/** Returns the texts of UNSHARE_MAPPED for a user namespace with the ids of the one that it is made in. */
export function identityTexts(maps: ResolvedMaps): string {
  return mapTexts(maps, ({ranges}) =>
    ranges.map(({containerId, size}) => `${containerId} ${containerId} ${size}\n`).join(''),
  );
}

function mapTexts({uidMap, gidMap, setgroups}: ResolvedMaps, textOf: (map: IdMap) => string): string {
  return [setgroups === 'deny' ? 'deny' : '', textOf(gidMap), textOf(uidMap)].join('\0');
}

/** Returns whether a set-up needs newuidmap(1) or newgidmap(1). */
export function needsPrograms({uidMap, gidMap}: ResolvedMaps): boolean {
  return usesProgram('uid', uidMap) || usesProgram('gid', gidMap);
}

/** Returns whether the kernel leaves a map to a program that is set-user-ID root. */
function usesProgram(type: 'uid' | 'gid', {isOwn}: IdMap): boolean {
  return !isOwn && !mayMapOthers({step: `${type}Map`});
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
export function isInside({ranges}: IdMap, id: number): boolean {
  return ranges.some(({containerId, size}) => id >= containerId && id < containerId + size);
}

// A map is written at once, and less than a page of it: the smallest page is 4 KB.
const maxText = 4095;
const mapFiles = {uidMap: 'uid_map', gidMap: 'gid_map'};

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

/** What setgroups(2) does inside: by default it is denied wherever a process writes its own map. */
function resolveSetgroups(option: unknown, gidMap: IdMap): 'allow' | 'deny' {
  if (!isGiven(option)) return gidMap.isOwn ? 'deny' : 'allow';
  if (option !== 'allow' && option !== 'deny') {
    throw invalidArgValue('options.setgroups', option, "must be 'allow' or 'deny'");
  }
  return option;
}
