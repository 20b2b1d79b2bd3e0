// The option `timeOffsets`.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {readOnlyProc} from '../shared/hint.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {setupFeature} from './feature.js';

/** An offset: a number of seconds, which may have a fraction, or an object as in the OCI runtime specification. */
export type TimeOffset = number | {secs: number; nanosecs?: number};

/** The offsets of the clocks of a new time namespace from those of the initial one, time_namespaces(7). */
export interface TimeOffsets {
  /** The offset of CLOCK_MONOTONIC, and of the clocks that are derived from it. Default: unchanged. */
  monotonic?: TimeOffset;
  /** The offset of CLOCK_BOOTTIME, which /proc/uptime shows. Default: unchanged. */
  boottime?: TimeOffset;
}

export interface TimeOffsetsOptions {
  /** The offsets of the clocks of a new time namespace. It needs 'time' among the namespaces. Linux 5.6. time_namespaces(7) */
  timeOffsets?: TimeOffsets | undefined;
}

export const timeOffsets = setupFeature<TimeOffsetsOptions, string>({
  title: 'Clocks',
  needs: 'time',
  examples: {timeOffsets: {boottime: 86_400_000}},
  resolve: options => (isGiven(options.timeOffsets) ? resolveTimeOffsets(options.timeOffsets) : undefined),
  write(operations, lines) {
    const path = '/proc/self/timens_offsets';
    if (lines) operations.add({step: 'timeOffsets', path}, 'WRITE', [0], `${path}\0${lines}`);
  },
  causes: [
    readOnlyProc(['timeOffsets']),
    {
      steps: ['timeOffsets'],
      code: 'ERANGE',
      why: 'a clock would be negative or beyond 146 years',
      advice: 'use a smaller offset',
    },
    {
      steps: ['timeOffsets'],
      code: 'EPERM',
      why: 'setting clocks needs CAP_SYS_TIME in the user namespace that owns the time namespace',
      advice: "add 'user' to the namespaces",
    },
  ],
});

const clocks = namesOf<TimeOffsets>({monotonic: true, boottime: true});
const offsetFields = new KnownOptions(namesOf<Exclude<TimeOffset, number>>({secs: true, nanosecs: true}));

/** Returns the lines for /proc/PID/timens_offsets. */
function resolveTimeOffsets(option: NonNullable<unknown>): string {
  if (typeof option !== 'object') {
    throw invalidArgType('options.timeOffsets', 'of type object', option);
  }
  return Object.entries(option)
    .filter(([, offset]) => isGiven(offset))
    .map(([clock, offset]) => {
      if (clock !== 'monotonic' && clock !== 'boottime') {
        throw invalidArgValue('options.timeOffsets', clock, `must have only the properties ${listed(clocks, clock)}`);
      }
      const {secs, nanosecs} = readOffset(offset, `options.timeOffsets.${clock}`);
      return `${clock} ${secs} ${nanosecs}\n`;
    })
    .join('');
}

function readOffset(offset: unknown, name: string): {secs: number; nanosecs: number} {
  if (typeof offset === 'number' && Number.isFinite(offset)) {
    const secs = Math.floor(offset);
    const nanosecs = Math.round((offset - secs) * 1e9);
    // A fraction such as 0.9999999999 s is rounded up to a whole second.
    return nanosecs === 1e9 ? {secs: secs + 1, nanosecs: 0} : {secs, nanosecs};
  }
  if (typeof offset !== 'object' || offset === null) {
    throw invalidArgType(name, 'a number of seconds or an object {secs, nanosecs}', offset);
  }
  const {secs, nanosecs: fraction} = offsetFields.read(offset as {secs: unknown; nanosecs?: unknown}, name);
  const nanosecs = fraction ?? 0;
  validateInteger(secs, `${name}.secs`, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  validateInteger(nanosecs, `${name}.nanosecs`, 0, 999_999_999);
  return {secs, nanosecs};
}
