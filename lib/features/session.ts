// The options `newSession` and `detached`: the session of the command.
import {flagOr} from '../shared/validate.js';
import {inheritsTerminal, type StdioKind} from './descriptors.js';
import {commandFeature} from './feature.js';

export interface SessionOptions {
  /**
   * Whether the command leads a session of its own. Default true, but false where it inherits a terminal, so that job
   * control works: then a hostile command can push input into that terminal (TIOCSTI) on kernels before 6.2.
   */
  newSession?: boolean | undefined;
  /**
   * The command leads a session of its own, and survives this process (as dieWithParent: false). So does nsinit: a
   * signal to the process group -pid reaches the command's group.
   */
  detached?: boolean | undefined;
}

export const session = commandFeature<SessionOptions>({
  title: 'Session of the command',
  examples: {newSession: false, detached: true},
  write(operations, _, {newSession}) {
    if (newSession) operations.add({step: 'newSession'}, 'SESSION');
  },
  causes: [
    {
      steps: ['newSession', 'detached'],
      code: 'EPERM',
      why: 'the process leads a process group already',
      advice: 'set newSession: false',
    },
  ],
});

/**
 * Returns whether the command leads a session of its own.
 * @param hasTerminal - whether it gets a terminal of its own, which can only control a session of its own
 */
export function leadsSession(options: SessionOptions, kinds: readonly StdioKind[], hasTerminal: boolean): boolean {
  const isDetached = flagOr(false, options.detached, 'options.detached');
  return flagOr(isDetached || !inheritsTerminal(kinds), options.newSession, 'options.newSession') || hasTerminal;
}
