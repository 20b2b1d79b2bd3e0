// The option `disableUserNamespaces`.
import {invalidArgValue} from '../shared/argument-errors.js';
import {readOnlyProc} from '../shared/hint.js';
import {flagOr} from '../shared/validate.js';
import {commandFeature, type ResolvedSetup, setupFeature} from './feature.js';
import {identityTexts, idMaps} from './id-maps.js';

export interface DisableUserNamespacesOptions {
  /**
   * Whether the command can create no user namespaces, in which it would have all capabilities. nsinit limits the new user namespace to a
   * single one within it, in which the commands run with the same ids. So even their root cannot raise the limit, and gets ENOSPC. It
   * has no capabilities over the other namespaces then, which belong to the outer one. It needs 'user' among the new namespaces, none that
   * is joined, and a /proc inside. The set-up fails if the limit does not hold. Default: false. This is `--disable-userns` of bwrap(1).
   * user_namespaces(7)
   */
  disableUserNamespaces?: boolean | undefined;
}

const path = '/proc/sys/user/max_user_namespaces';
const step = 'disableUserNamespaces';

export const disableUserNamespaces = setupFeature<DisableUserNamespacesOptions, true>({
  title: 'No further user namespaces',
  needs: 'user',
  addsNamespace: true,
  examples: {disableUserNamespaces: true},
  resolve: options => flagOr(false, options.disableUserNamespaces, 'options.disableUserNamespaces') || undefined,
  write(operations, isWanted, setup) {
    if (!isWanted) return;
    checkJoins(setup);
    operations.add({step, path}, 'WRITE', [0], `${path}\0${1}`);
    operations.add({step}, 'MAKE_INNER_USER', [0], identityTexts(setup.settings.of(idMaps)!));
  },
  causes: [
    {
      steps: [step],
      code: 'ENOENT',
      why: 'there is no /proc inside, or it has no /proc/sys (`subset`)',
      advice: "leave mountProc as it is, or add {type: 'proc', destination: '/proc'} to the mounts",
    },
    {
      steps: [step],
      code: 'ENOTSUP',
      why: 'the kernel lets nsinit create a user namespace in spite of the limit',
      advice: 'report this',
    },
    readOnlyProc([step]),
  ],
});

/** The command enters the user namespace that nsinit has made for it. */
export const innerUserNamespace = commandFeature({
  title: 'The user namespace of the command',
  examples: {},
  write(operations, _, {setup}) {
    if (setup.settings.of(disableUserNamespaces)) operations.add({step}, 'ENTER_INNER_USER');
  },
});

/** A process that is dumpable creates it, so that processes of a namespace that is joined could access the memory of that. */
function checkJoins({joins}: ResolvedSetup): void {
  if (joins.some(type => type !== 'user')) {
    throw invalidArgValue('options.disableUserNamespaces', true, 'must be left out where namespaces are joined');
  }
}
