// The option `rlimits`.
import {invalidArgType, invalidArgValue, outOfRange} from '../errors.js';
import {native} from '../native.js';
import {own} from './own.js';

/** The kernel's resources, by their names in lower case without RLIMIT_ (getrlimit(2)). */
export type ResourceName =
  | 'as'
  | 'core'
  | 'cpu'
  | 'data'
  | 'fsize'
  | 'locks'
  | 'memlock'
  | 'msgqueue'
  | 'nice'
  | 'nofile'
  | 'nproc'
  | 'rss'
  | 'rtprio'
  | 'rttime'
  | 'sigpending'
  | 'stack';

/** A limit in the resource's own unit (bytes, seconds, microseconds for rttime, or a count); Infinity is no limit. */
export type ResourceLimit = number | {soft: number; hard: number};

/** Limits by resource. A number sets both the soft and the hard limit. */
export type ResourceLimits = {readonly [R in ResourceName]?: ResourceLimit};

/** A limit as the kernel takes it. */
export interface ResolvedLimit {
  name: string;
  resource: number;
  soft: number;
  hard: number;
}

export function resolveRlimits(option: unknown): ResolvedLimit[] {
  if (option === undefined) return [];
  if (typeof option !== 'object' || option === null) throw invalidArgType('options.rlimits', 'of type object', option);
  return Object.entries(option)
    .filter(([, limit]) => limit !== undefined)
    .map(([name, limit]) => resolveLimit(name, limit));
}

function resolveLimit(name: string, limit: unknown): ResolvedLimit {
  const {resources} = native();
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
  if (resource === undefined) {
    throw invalidArgValue(
      'options.rlimits',
      name,
      `must have only the properties ${Object.keys(resources).join(', ')}`,
    );
  }
  const property = `options.rlimits.${name}`;
  const {soft, hard} =
    typeof limit === 'number' ? {soft: limit, hard: limit} : own(limit as {soft: unknown; hard: unknown});
  checkLimit(soft, typeof limit === 'number' ? property : `${property}.soft`);
  checkLimit(hard, `${property}.hard`);
  if (soft > hard) throw outOfRange(`${property}.soft`, `<= ${hard}, the hard limit`, soft);
  return {name, resource, soft, hard};
}

function checkLimit(limit: unknown, property: string): asserts limit is number {
  if (typeof limit !== 'number') throw invalidArgType(property, 'a number or {soft, hard}', limit);
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw outOfRange(property, 'an unsigned integer or Infinity', limit);
  }
}
