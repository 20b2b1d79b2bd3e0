// The option `coreDumps`.
import {native} from '../shared/native.js';
import {flagOr} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface CoreDumpsOptions {
  /**
   * Whether the command may leave a core dump when it crashes. With false it leaves none: no file, and none for the program of
   * /proc/sys/kernel/core_pattern, which a limit of 0 does not keep out. Default: as the caller's limit has it. core(5)
   */
  coreDumps?: boolean | undefined;
}

// fs/coredump.c: a pipe ignores every limit but this one, and it is less than any core file needs.
const noDump = 1;

export const coreDumps = commandFeature<CoreDumpsOptions, true>({
  title: 'Core dumps',
  examples: {coreDumps: false},
  resolve: options => !flagOr(true, options.coreDumps, 'options.coreDumps') || undefined,
  write(operations, areRefused) {
    if (areRefused) operations.add({step: 'coreDumps'}, 'RLIMIT', [native().resources.core!, noDump, noDump]);
  },
  causes: [
    {
      steps: ['coreDumps'],
      code: 'EPERM',
      why: "the caller's own hard limit for core files is 0, and only CAP_SYS_RESOURCE may raise it to 1",
      advice: 'leave `coreDumps` out: files are refused by that limit, but not a program of core_pattern',
    },
  ],
});
