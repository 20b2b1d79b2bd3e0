// The id maps of `namespawn run`, in the words of unshare(1).
import {readFileSync} from 'node:fs';
import {type Command, InvalidArgumentError, Option} from 'commander';
import type {IdMapOption} from '../../features/id-maps.js';
import type {IdRange} from '../../features/id-ranges.js';
import {asText} from '../../shared/own.js';
import {callerName, subordinateFile, subordinateRanges} from '../../shared/subordinate-ids.js';
import {UsageError} from '../words.js';

/** Adds the switches. */
export function addMapSwitches(command: Command): void {
  command
    .option('--map-root', 'create a user namespace in which the caller is root (uid 0)')
    .option(
      '--map-auto',
      'create a user namespace with the subordinate ids of the caller: --map-users and --map-groups auto',
    )
    .option('--map-users <range>', 'map these users in a new user namespace. Can be repeated', parseRange)
    .option('--map-groups <range>', 'map these groups in a new user namespace. Can be repeated', parseRange)
    .addOption(
      new Option('--setgroups <mode>', 'whether setgroups(2) works in a new user namespace').choices(['allow', 'deny']),
    );
}

/** A range of --map-users or --map-groups, or a word that stands for one. */
export type RangeSwitch = IdRange | 'auto' | 'all';

/** Parses INSIDE:OUTSIDE:COUNT, as in unshare of util-linux 2.39; OUTSIDE,INSIDE,COUNT, as in older ones; and `auto` and `all`. */
export function parseRange(text: string, before: RangeSwitch[] = []): RangeSwitch[] {
  if (text === 'auto' || text === 'all') return [...before, text];
  const [, first, separator, second, count] = /^(\d+)([:,])(\d+)\2(\d+)$/.exec(text) ?? [];
  if (separator === undefined) {
    throw new InvalidArgumentError("It must be INSIDE:OUTSIDE:COUNT, OUTSIDE,INSIDE,COUNT, 'auto' or 'all'.");
  }
  const [containerId, hostId] = separator === ':' ? [first, second] : [second, first];
  return [...before, {containerId: Number(containerId), hostId: Number(hostId), size: Number(count)}];
}

/** The switches of maps. */
export interface MapSwitches {
  mapRoot?: boolean;
  mapAuto?: boolean;
  mapUsers?: RangeSwitch[];
  mapGroups?: RangeSwitch[];
  setgroups?: 'allow' | 'deny';
}

/** Returns the options `uidMap` and `gidMap`. */
export function toMaps(switches: MapSwitches): {uidMap?: IdMapOption; gidMap?: IdMapOption} {
  const {mapRoot, mapAuto, mapUsers = [], mapGroups = []} = switches;
  const auto = mapAuto ? (['auto'] as const) : [];
  const [users, groups] = [
    [...auto, ...mapUsers],
    [...auto, ...mapGroups],
  ];
  if (users.length === 0 && groups.length === 0) return mapRoot ? {uidMap: 'root'} : {};
  return {
    uidMap: toMap('uid', users, mapRoot),
    gidMap: toMap('gid', groups, mapRoot),
  };
}

function toMap(type: 'uid' | 'gid', words: readonly RangeSwitch[], mapRoot: boolean | undefined): IdMapOption {
  if (words.length === 0) return mapRoot ? 'root' : 'identity';
  const ranges = words.flatMap(word =>
    word === 'auto' ? automatic(type) : word === 'all' ? everything(type) : [word],
  );
  if (!mapRoot) return ranges;
  const root = {containerId: 0, hostId: type === 'uid' ? process.geteuid!() : process.getegid!(), size: 1};
  return [root, ...ranges.flatMap(range => withoutIds(range, root))];
}

/** The first range that belongs to the caller, from 0 on inside. */
function automatic(type: 'uid' | 'gid'): IdRange[] {
  const [first] = subordinateRanges(type);
  if (first === undefined) {
    throw new UsageError(
      `${subordinateFile[type]} has no range for the user ${callerName()}: add one (usermod --add-sub${type}s)`,
    );
  }
  return [{containerId: 0, ...first}];
}

/** All ids of the caller's user namespace, as themselves. */
function everything(type: 'uid' | 'gid'): IdRange[] {
  return readFileSync(`/proc/self/${type}_map`, asText)
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/).map(Number))
    .map(([id = 0, , size = 0]) => ({containerId: id, hostId: id, size}));
}

/**
 * Returns a range without the ids of a single mapping. As in unshare, the others inside move to make room for its id, so that the last id
 * outside is left out.
 */
function withoutIds(range: IdRange, {containerId, hostId}: IdRange): IdRange[] {
  const [inside, outside] = [containerId - range.containerId, hostId - range.hostId];
  if (inside === outside) return cut(range, inside, [1, 1]);
  return cut(range, inside, [1, 0]).flatMap(part => cut(part, hostId - part.hostId, [0, 1]));
}

/** Removes an id at an index, on one side or on both. */
function cut(
  {containerId, hostId, size}: IdRange,
  index: number,
  [inside, outside]: readonly [number, number],
): IdRange[] {
  if (index < 0 || index >= size) return [{containerId, hostId, size}];
  return [
    {containerId, hostId, size: index},
    {containerId: containerId + index + inside, hostId: hostId + index + outside, size: size - index - 1},
  ].filter(part => part.size > 0);
}
