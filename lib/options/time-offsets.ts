// The option `timeOffsets`.
import {invalidArgType, invalidArgValue} from '../errors.js';
import {validateInteger} from '../validate.js';
import {own} from './own.js';

/** An offset in seconds, or as the OCI has it. */
export type TimeOffset = number | {secs: number; nanosecs?: number};

/** How far the clocks of a new time namespace are from the caller's: time_namespaces(7). */
export interface TimeOffsets {
  /** CLOCK_MONOTONIC, and those derived from it. */
  monotonic?: TimeOffset;
  /** CLOCK_BOOTTIME: what /proc/uptime tells. */
  boottime?: TimeOffset;
}

/** The lines for /proc/PID/timens_offsets. */
export function resolveTimeOffsets(option: unknown): string {
  if (typeof option !== 'object' || option === null) {
    throw invalidArgType('options.timeOffsets', 'of type object', option);
  }
  return Object.entries(option)
    .filter(([, offset]) => offset !== undefined)
    .map(([clock, offset]) => {
      if (clock !== 'monotonic' && clock !== 'boottime') {
        throw invalidArgValue('options.timeOffsets', clock, 'must have only the properties monotonic, boottime');
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
    // 0.9999999999 s rounds up to a whole one.
    return nanosecs === 1e9 ? {secs: secs + 1, nanosecs: 0} : {secs, nanosecs};
  }
  if (typeof offset !== 'object' || offset === null) {
    throw invalidArgType(name, 'a number of seconds or an object {secs, nanosecs}', offset);
  }
  const {secs, nanosecs = 0} = own(offset as {secs: unknown; nanosecs?: unknown});
  validateInteger(secs, `${name}.secs`, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  validateInteger(nanosecs, `${name}.nanosecs`, 0, 999_999_999);
  return {secs, nanosecs};
}
