// The option `noNewPrivileges`.
import {flagOr} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface NoNewPrivilegesOptions {
  /**
   * Whether no exec gives the command or a descendant more privileges than it has: set-user-ID and set-group-ID bits and the capabilities of
   * files have no effect. It cannot be undone. Default: false. prctl(2), PR_SET_NO_NEW_PRIVS
   */
  noNewPrivileges?: boolean | undefined;
}

export const noNewPrivileges = commandFeature<NoNewPrivilegesOptions, true>({
  title: 'No new privileges',
  examples: {noNewPrivileges: true},
  resolve: options => flagOr(false, options.noNewPrivileges, 'options.noNewPrivileges') || undefined,
  write(operations, isWanted) {
    if (isWanted) operations.add({step: 'noNewPrivileges'}, 'NO_NEW_PRIVILEGES');
  },
});
