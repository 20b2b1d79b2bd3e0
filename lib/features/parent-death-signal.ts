// The option `parentDeathSignal`.
import {isGiven, signalNumber} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface ParentDeathSignalOptions {
  /**
   * The signal that the command receives when nsinit, its parent, ends before it. It is for commands without a PID namespace of their own, whose
   * nsinit supervises them from outside; in one of its own the kernel ends every process by SIGKILL at the end of nsinit, whatever this
   * says. A set-user-ID program clears it. The end of Node is not the end of nsinit, which then ends the command by SIGKILL, unless
   * `dieWithParent` is false. Default: 'SIGKILL'. prctl(2), PR_SET_PDEATHSIG
   */
  parentDeathSignal?: NodeJS.Signals | number | undefined;
}

export const parentDeathSignal = commandFeature<ParentDeathSignalOptions, number>({
  title: 'End of the init before the command',
  examples: {parentDeathSignal: 'SIGUSR1'},
  resolve: ({parentDeathSignal: option}) => (isGiven(option) ? signalNumber(option) : undefined),
  write(operations, signal) {
    if (signal !== undefined) operations.add({step: 'parentDeathSignal'}, 'PARENT_DEATH_SIGNAL', [signal]);
  },
});
