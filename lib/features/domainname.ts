// The option `domainname`.
import {needsOwner} from '../shared/hint.js';
import {isGiven, validateUtsName} from '../shared/validate.js';
import {setupFeature} from './feature.js';

export interface DomainnameOptions {
  /**
   * The NIS domain name in a new uts namespace, at most 64 bytes. It needs 'uts' among the namespaces. Default: that of the caller.
   * setdomainname(2)
   */
  domainname?: string | undefined;
}

export const domainname = setupFeature<DomainnameOptions, string>({
  title: 'NIS domain name',
  needs: 'uts',
  examples: {domainname: 'inside'},
  resolve({domainname: option}) {
    if (!isGiven(option)) return undefined;
    validateUtsName(option, 'options.domainname');
    return option;
  },
  write(operations, value) {
    if (value !== undefined) operations.add({step: 'domainname'}, 'DOMAINNAME', [0], value);
  },
  causes: [needsOwner('domainname')],
});
