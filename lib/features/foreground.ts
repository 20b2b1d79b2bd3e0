// The option `foreground`: the command as a job of a terminal.
import {flagOr} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface ForegroundOptions {
  /**
   * Whether the command leads a new process group, as a job of a shell does. If its stdin is the controlling terminal, that group becomes the
   * foreground group of the terminal. The keys of the terminal (Control-C, Control-Z) then reach the command and not this process, and a shell
   * inside finds its own group in the foreground. When the command is stopped, 'stopped' is emitted with the signal; kill('SIGCONT') continues
   * it. With it `newSession` is false by default. Default: false. setpgid(2), tcsetpgrp(3)
   */
  foreground?: boolean | undefined;
}

export const foreground = commandFeature<ForegroundOptions, true>({
  title: 'Foreground of a terminal',
  examples: {foreground: true},
  resolve: options => (flagOr(false, options.foreground, 'options.foreground') ? true : undefined),
  write(operations, isWanted) {
    if (isWanted) operations.add({step: 'foreground'}, 'FOREGROUND');
  },
});
