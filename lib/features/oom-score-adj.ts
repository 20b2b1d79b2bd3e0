// The option `oomScoreAdj`.
import {isGiven, validateInteger} from '../shared/validate.js';
import {setupFeature} from './feature.js';

export interface OomScoreAdjOptions {
  /**
   * How likely the kernel ends nsinit and its commands when memory runs out: from -1000, never, to 1000, first of all. Default: the caller's.
   * proc_pid_oom_score_adj(5)
   *
   * Privilege: none for a higher value than the caller's. CAP_SYS_RESOURCE in the initial user namespace for a lower one, which therefore fails
   * with EACCES in a new user namespace. An ordinary user who joins namespaces cannot set it.
   */
  oomScoreAdj?: number | undefined;
}

const path = '/proc/self/oom_score_adj';

export const oomScoreAdj = setupFeature<OomScoreAdjOptions, number>({
  title: 'Out of memory',
  examples: {oomScoreAdj: 900},
  resolve({oomScoreAdj: option}) {
    if (!isGiven(option)) return undefined;
    validateInteger(option, 'options.oomScoreAdj', -1000, 1000);
    return option;
  },
  write(operations, value) {
    if (value !== undefined) operations.add({step: 'oomScoreAdj', path}, 'WRITE', [0], `${path}\0${value}`);
  },
  causes: [
    {
      steps: ['oomScoreAdj'],
      code: 'EACCES',
      why: 'a value lower than that of the caller needs CAP_SYS_RESOURCE in the initial user namespace, and an nsinit that joins namespaces may not set its value as an ordinary user',
      advice: 'use a higher value, or run as root without a new user namespace',
    },
    {
      steps: ['oomScoreAdj'],
      code: 'ENOENT',
      why: 'there is no /proc to write it to',
      advice: 'mount a /proc',
    },
  ],
});
