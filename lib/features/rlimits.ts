// The option `rlimits`.
import {invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {isGiven} from '../shared/validate.js';
import {commandFeature} from './feature.js';

/** The resources of the kernel: the names of getrlimit(2) in lower case, without RLIMIT_. */
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

/** A limit in the unit of the resource: bytes, seconds, microseconds (rttime), or a number. Infinity stands for no limit. */
export type ResourceLimit = number | {soft: number; hard: number};

/** Limits by resource. A number sets both the soft and the hard limit. */
export type ResourceLimits = {readonly [R in ResourceName]?: ResourceLimit};

export interface RlimitsOptions {
  /**
   * The resource limits of the command. Default: the caller's. prlimit(2)
   *
   * Privilege: none to lower a limit. Raising a hard limit needs CAP_SYS_RESOURCE in the initial user namespace.
   */
  rlimits?: ResourceLimits | undefined;
}

/** A limit in the format of the kernel. */
export interface ResolvedLimit {
  name: string;
  resource: number;
  soft: number;
  hard: number;
}

export const rlimits = commandFeature<RlimitsOptions, readonly ResolvedLimit[]>({
  title: 'Resource limits',
  examples: {rlimits: {nofile: 100}},
  resolve: options => (isGiven(options.rlimits) ? resolveRlimits(options.rlimits) : undefined),
  write(operations, limits = []) {
    for (const {name, resource, soft, hard} of limits) {
      operations.add({step: `rlimits.${name}`}, 'RLIMIT', [resource, soft, hard]);
    }
  },
  causes: [
    {
      steps: ['rlimits'],
      code: 'EPERM',
      why: 'only CAP_SYS_RESOURCE may raise a hard limit',
      advice: "keep it at or below this process's own hard limit",
    },
  ],
});

const limitFields = new KnownOptions(namesOf<Exclude<ResourceLimit, number>>({soft: true, hard: true}));

function resolveRlimits(option: NonNullable<unknown>): ResolvedLimit[] {
  if (typeof option !== 'object') throw invalidArgType('options.rlimits', 'of type object', option);
  return Object.entries(option)
    .filter(([, limit]) => isGiven(limit))
    .map(([name, limit]) => resolveLimit(name, limit));
}

function resolveLimit(name: string, limit: unknown): ResolvedLimit {
  const {resources} = native();
  const resource = Object.hasOwn(resources, name) ? resources[name] : undefined;
  if (resource === undefined) {
    const names = listed(Object.keys(resources), name);
    throw invalidArgValue('options.rlimits', name, `must have only the properties ${names}`);
  }
  const property = `options.rlimits.${name}`;
  if (typeof limit === 'number') {
    checkLimit(limit, property);
    return {name, resource, soft: limit, hard: limit};
  }
  if (typeof limit !== 'object') throw invalidArgType(property, 'a number or an object {soft, hard}', limit);
  const {soft, hard} = limitFields.read(limit as Readonly<Record<string, unknown>>, property);
  checkLimit(soft, `${property}.soft`);
  checkLimit(hard, `${property}.hard`);
  if (soft > hard) throw outOfRange(`${property}.soft`, `<= ${hard}, the hard limit`, soft);
  return {name, resource, soft, hard};
}

function checkLimit(limit: unknown, property: string): asserts limit is number {
  if (typeof limit !== 'number') throw invalidArgType(property, 'of type number', limit);
  if (limit !== Infinity && (!Number.isSafeInteger(limit) || limit < 0)) {
    throw outOfRange(property, 'an unsigned integer or Infinity', limit);
  }
}
