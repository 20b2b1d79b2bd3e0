// The option `hostname`.
import {needsOwner} from '../shared/hint.js';
import {isGiven, validateUtsName} from '../shared/validate.js';
import {setupFeature} from './feature.js';

export interface HostnameOptions {
  /**
   * The host name in a new uts namespace, at most 64 bytes. It needs 'uts' among the namespaces. Default: that of the caller.
   * sethostname(2)
   */
  hostname?: string | undefined;
}

export const hostname = setupFeature<HostnameOptions, string>({
  title: 'Host name',
  needs: 'uts',
  examples: {hostname: 'inside'},
  resolve({hostname: option}) {
    if (!isGiven(option)) return undefined;
    validateUtsName(option, 'options.hostname');
    return option;
  },
  write(operations, value) {
    if (value !== undefined) operations.add({step: 'hostname'}, 'HOSTNAME', [0], value);
  },
  causes: [needsOwner('hostname')],
});
