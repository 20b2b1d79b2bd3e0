// The option `personality`.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {isGiven} from '../shared/validate.js';
import {commandFeature} from './feature.js';

// include/uapi/linux/personality.h
const flags = {
  UNAME26: 0x002_0000,
  ADDR_NO_RANDOMIZE: 0x004_0000,
  FDPIC_FUNCPTRS: 0x008_0000,
  MMAP_PAGE_ZERO: 0x010_0000,
  ADDR_COMPAT_LAYOUT: 0x020_0000,
  READ_IMPLIES_EXEC: 0x040_0000,
  ADDR_LIMIT_32BIT: 0x080_0000,
  SHORT_INODE: 0x100_0000,
  WHOLE_SECONDS: 0x200_0000,
  STICKY_TIMEOUTS: 0x400_0000,
  ADDR_LIMIT_3GB: 0x800_0000,
  PER_LINUX32: 0x8,
} as const;

/** A flag of personality(2), or PER_LINUX32, with which uname(2) reports a 32-bit machine. */
export type PersonalityFlag = keyof typeof flags;

export interface PersonalityOptions {
  /**
   * The execution domain of the command, as of setarch(8): ['ADDR_NO_RANDOMIZE'] makes addresses the same in each run. Exactly these flags are
   * set; the exec of a set-user-ID program clears some of them. Default: the caller's. personality(2)
   */
  personality?: readonly PersonalityFlag[] | undefined;
}

export const personality = commandFeature<PersonalityOptions, number>({
  title: 'Execution domain',
  examples: {personality: ['ADDR_NO_RANDOMIZE']},
  resolve({personality: option}) {
    if (!isGiven(option)) return undefined;
    if (!Array.isArray(option)) throw invalidArgType('options.personality', 'an array of names of flags', option);
    return option.reduce((bits: number, name: unknown, index) => bits | flagOf(name, index), 0);
  },
  write(operations, bits) {
    if (bits !== undefined) operations.add({step: 'personality'}, 'PERSONALITY', [bits]);
  },
});

function flagOf(name: unknown, index: number): number {
  if (typeof name === 'string' && Object.hasOwn(flags, name)) return flags[name as PersonalityFlag];
  throw invalidArgValue(`options.personality[${index}]`, name, `must be one of ${listed(Object.keys(flags), name)}`);
}
