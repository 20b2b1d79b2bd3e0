// The options `newSession` and `detached`: the session of the command.
import {flagOr} from '../shared/validate.js';
import {inheritsTerminal, type StdioKind} from './descriptors.js';
import {commandFeature} from './feature.js';
import type {ForegroundOptions} from './foreground.js';

export interface SessionOptions {
  /**
   * Whether the command leads a new session. Default: true, but false if the command inherits a terminal, so that job control works. On
   * kernels before 6.2 a hostile command can then push input into that terminal (TIOCSTI). setsid(2)
   */
  newSession?: boolean | undefined;
  /**
   * Whether the command and nsinit each lead a new session, and outlive this process (as with `dieWithParent: false`). A signal to the
   * process group `-pid` is forwarded to the process group of the command. Default: false.
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
 * Returns whether the command leads a new session.
 * @param hasTerminal - whether the command has a pseudo-terminal, which can control only a new session
 */
export function leadsSession(
  options: SessionOptions & ForegroundOptions,
  kinds: readonly StdioKind[],
  hasTerminal: boolean,
): boolean {
  const isDetached = flagOr(false, options.detached, 'options.detached');
  return (
    flagOr(isDetached || !(inheritsTerminal(kinds) || options.foreground), options.newSession, 'options.newSession') ||
    hasTerminal
  );
}
