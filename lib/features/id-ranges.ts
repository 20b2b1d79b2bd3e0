// The ranges of an id map: read from the option, or from what /etc/subuid and /etc/subgid give to the caller.
import {codedError, invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {seamWithin} from '../shared/facts.js';
import {resolveId} from '../shared/ids.js';
import {KnownOptions, namesOf} from '../shared/known-options.js';
import {callerName, hasOtherSource, subordinateFile, subordinateRanges} from '../shared/subordinate-ids.js';
import {isGiven, validateInteger} from '../shared/validate.js';

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
export interface IdRange {
  containerId: number;
  hostId: number;
  size: number;
}

// user_namespaces(7): 340 since Linux 4.15.
const maxMappings = 340;
const idLimit = 0xffffffff;

/** Reads the option, and splits what the kernel wants in two lines. */
export function readMappings(
  option: unknown,
  kind: 'user' | 'group',
  name: string,
  callerId: number,
): readonly IdRange[] {
  if (!isGiven(option) || option === 'identity') return [{containerId: callerId, hostId: callerId, size: 1}];
  if (option === 'root') return [{containerId: 0, hostId: callerId, size: 1}];
  if (option === 'subids') return withSubordinates(kind === 'user' ? 'uid' : 'gid', callerId);
  if (typeof option === 'string') {
    throw invalidArgValue(name, option, "must be 'root', 'identity', 'subids' or an array of mappings");
  }
  if (!Array.isArray(option))
    throw invalidArgType(name, "'root', 'identity', 'subids' or an array of mappings", option);
  if (option.length === 0) throw invalidArgValue(name, option, 'must hold at least one mapping');
  if (option.length > maxMappings) throw outOfRange(`${name}.length`, `<= ${maxMappings}`, option.length);
  const mappings = option.map((mapping, index) => readMapping(mapping, kind, `${name}[${index}]`));
  checkOverlap(mappings, name, 'containerId');
  checkOverlap(mappings, name, 'hostId');
  return mappings.flatMap(mapping => splitAtSeams(kind === 'user' ? 'uid' : 'gid', mapping));
}

function withSubordinates(type: 'uid' | 'gid', callerId: number): IdRange[] {
  const ranges = subordinateRanges(type);
  if (ranges.length === 0) {
    const [name, file] = [callerName(), subordinateFile[type]];
    throw codedError(
      'ERR_NO_SUBORDINATE_IDS',
      `${hasOtherSource() ? "The source of nsswitch.conf's line subid" : file} has no range for the user ${name}: add the line '${name}:100000:65536' (usermod --add-sub${type}s 100000-165535 ${name})`,
    );
  }
  let containerId = 1;
  const mapped = ranges.map(({hostId, size}) => {
    containerId += size;
    return {containerId: containerId - size, hostId, size};
  });
  return [{containerId: 0, hostId: callerId, size: 1}, ...mapped].flatMap(range => splitAtSeams(type, range));
}

/** Splits a range where the ids outside pass from one range of this process's own map to another, since a line must lie within one. */
function splitAtSeams(type: 'uid' | 'gid', range: IdRange): IdRange[] {
  const {containerId, hostId, size} = range;
  const seam = size > 1 ? seamWithin(type, hostId, size) : undefined;
  if (seam === undefined) return [range];
  const first = seam - hostId;
  const rest = {containerId: containerId + first, hostId: seam, size: size - first};
  return [{containerId, hostId, size: first}, ...splitAtSeams(type, rest)];
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
