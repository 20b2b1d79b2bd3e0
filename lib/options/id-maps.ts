// The options uidMap, gidMap and setgroups: who is who in a new user namespace.
import {invalidArgType, invalidArgValue, outOfRange} from '../errors.js';
import {validateInteger} from '../validate.js';
import {own} from './own.js';

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

/** A map as the kernel takes it, and what follows from it. */
export interface IdMap {
  /** The lines for uid_map or gid_map. */
  text: string;
  /** Whether a process may write it for itself: one line that maps its own id. */
  isOwn: boolean;
  /** What the caller's own id is inside, if it is mapped. */
  callerId: number | undefined;
  /** Whom to become where the caller is not mapped. */
  firstId: number;
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
export function resolveIdMap(option: unknown, name: keyof typeof mapFiles, callerId: number): IdMap {
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
    isOwn: mappings.length === 1 && first.size === 1 && first.hostId === callerId,
    callerId: own && own.containerId + (callerId - own.hostId),
    firstId: mappings.some(({containerId}) => containerId === 0) ? 0 : first.containerId,
  };
}

function readMappings(option: unknown, name: string, callerId: number): readonly IdMapping[] {
  if (option === undefined || option === 'identity') return [{containerId: callerId, hostId: callerId, size: 1}];
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
export function resolveSetgroups(option: unknown, gidMap: IdMap): 'allow' | 'deny' {
  if (option === undefined) return gidMap.isOwn ? 'deny' : 'allow';
  if (option !== 'allow' && option !== 'deny') {
    throw invalidArgValue('options.setgroups', option, "must be 'allow' or 'deny'");
  }
  return option;
}
