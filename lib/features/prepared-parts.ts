// Which entries of a prepared root are made once, for all of its users, and which for each of them.
import {invalidArgValue} from '../shared/argument-errors.js';
import {own} from '../shared/own.js';
import type {Step} from './feature.js';
import {readMount, readMounts} from './mount-options.js';
import type {Mount} from './mount-types.js';
import type {Part} from './part.js';

/** The entries of the option `mounts`, in order. */
export interface SplitParts {
  shared: Part[];
  fresh: Part[];
}

/**
 * Splits the entries. File systems are fresh for each user. So is everything that lies in one, or covers one. What is shared is read-only, but for
 * folders of the caller's.
 * @param splits - whether there is anything shared; otherwise all entries are fresh
 * @throws as for the option `mounts`, and ERR_INVALID_ARG_VALUE for what cannot be used more than once
 */
export function splitMounts(option: unknown, splits: boolean): SplitParts {
  const all = readMounts(option);
  (option as readonly Mount[] | undefined)?.forEach((mount, index) => {
    assertReusable(mount, `options.mounts[${index}]`);
  });
  if (!splits) return {shared: [], fresh: all};
  const shared: Part[] = [];
  const fresh: Part[] = [];
  const freshPaths: string[] = [];
  (option as readonly Mount[] | undefined)?.forEach((mount, index) => {
    const path = readMount(mount, index)[0]!.step.path!;
    const isWithin = freshPaths.some(other => isAtOrBelow(path, other));
    if (isWithin || freshPaths.some(other => isAtOrBelow(other, path))) {
      if (!isWithin) freshPaths.push(path);
      fresh.push(...readMount(mount, index));
      return;
    }
    const {once, each} = splitEntry(own(mount) as Mount);
    shared.push(...once.flatMap(entry => readMount(entry, index)));
    fresh.push(...each.flatMap(entry => readMount(entry, index)));
    freshPaths.push(...each.map(({destination}) => readMount({...mount, destination}, index)[0]!.step.path!));
  });
  return {shared, fresh};
}

interface SplitEntry {
  once: Mount[];
  each: Mount[];
}

function splitEntry(mount: Mount): SplitEntry {
  const {destination, optional} = mount;
  switch (mount.type) {
    case 'bind':
    case 'directory':
    case 'symlink':
    case 'mask':
      return {once: [mount], each: []};
    case 'file':
      if (mount.readOnly) return {once: [mount], each: []};
      return {once: [{type: 'file', destination, content: '', readOnly: true}], each: [mount]};
    case 'dev':
      return splitDev(mount);
    default:
      // Where the destination is to be. An entry that may be left out may lack it.
      return {once: optional ? [] : [{type: 'directory', destination}], each: [mount]};
  }
}

function splitDev(mount: Extract<Mount, {type: 'dev'}>): SplitEntry {
  const {pts, shm, readOnly: _, ...rest} = mount;
  const at = (name: string): string => `${mount.destination}/${name}`;
  const once: Mount[] = [{...rest, readOnly: true, pts: false, shm: false}];
  const each: Mount[] = [];
  if (pts !== false) {
    once.push(
      {type: 'directory', destination: at('pts')},
      {type: 'symlink', destination: at('ptmx'), target: 'pts/ptmx'},
    );
    each.push({type: 'devpts', destination: at('pts')});
  }
  if (shm !== false) {
    once.push({type: 'directory', destination: at('shm')});
    each.push({type: 'tmpfs', destination: at('shm')});
  }
  return {once, each};
}

function assertReusable(mount: Mount, name: string): void {
  const {source, upper} = own(mount as {source?: unknown; upper?: unknown});
  if (typeof source === 'number')
    throw invalidArgValue(`${name}.source`, source, 'must be a path: a prepared root outlives descriptors');
  if (upper !== undefined && upper !== null)
    throw invalidArgValue(
      `${name}.upper`,
      upper,
      'must be left out: every user of a prepared root has changes of its own',
    );
}

/** For a command it belongs to the option `root`, since its own option `mounts` has other entries. */
export function ofRoot(part: Part): Part {
  const step: Step = {...part.step, step: 'root'};
  return {...part, step};
}

const isAtOrBelow = (path: string, other: string): boolean => path === other || path.startsWith(`${other}/`);
