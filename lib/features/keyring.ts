// The option `keyring`.
import {invalidArgValue} from '../shared/argument-errors.js';
import {isGiven} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface KeyringOptions {
  /**
   * 'new': the command has a session keyring of its own, which is empty, instead of the caller's. Keys that it adds end with it, and it finds
   * none of the caller's session. Default: the caller's keyring. ENOSYS where the kernel has no keyrings. session-keyring(7), keyctl(2)
   */
  keyring?: 'new' | undefined;
}

export const keyring = commandFeature<KeyringOptions, true>({
  title: 'Keyring',
  examples: {keyring: 'new'},
  resolve({keyring: option}) {
    if (!isGiven(option)) return undefined;
    if (option !== 'new') throw invalidArgValue('options.keyring', option, "must be 'new'");
    return true;
  },
  write(operations, isNew) {
    if (isNew) operations.add({step: 'keyring'}, 'NEW_KEYRING');
  },
  causes: [
    {
      steps: ['keyring'],
      code: 'ENOSYS',
      why: 'this kernel has no keyrings (CONFIG_KEYS), or a seccomp filter hides them',
      advice: 'leave `keyring` out: there is nothing to separate',
    },
    {
      steps: ['keyring'],
      code: 'EPERM',
      why: 'a seccomp filter refuses keyctl(2), as container runtimes have it',
      advice: 'leave `keyring` out: the command cannot use keys either',
    },
  ],
});
