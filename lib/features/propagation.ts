// The option `propagation`: how mounts propagate to and from a new mount namespace.
import {invalidArgValue} from '../shared/argument-errors.js';
import {isRootWithinMount} from '../shared/facts.js';
import {when} from '../shared/hint.js';
import {listed} from '../shared/known-options.js';
import {native} from '../shared/native.js';
import {isGiven} from '../shared/validate.js';
import {type SetupBase, type SetupOperations, setupFeature} from './feature.js';
import {mountRefused} from './mount-refused.js';

const flags = {private: 'MS_PRIVATE', slave: 'MS_SLAVE', shared: 'MS_SHARED', unchanged: undefined};

export interface PropagationOptions {
  /**
   * How mounts propagate between a new mount namespace and the caller's: not at all ('private', the default), only from outside to inside
   * ('slave'), in both directions where the mounts outside are shared ('shared'), or as the caller's mounts do it ('unchanged'). The names
   * and meanings are those of unshare(1). In a new user namespace no mount propagates to the outside. Without one, 'shared' and 'unchanged'
   * leave `mountProc` at false, because a /proc that propagates would cover that of the host.
   *
   * A private copy keeps what is unmounted outside mounted until the namespace ends. 'slave' lets go of it.
   *
   * With `root` or `mounts` only 'private' is possible. Where the root is a directory within a mount (chroot(2)), only 'unchanged' is possible. mount_namespaces(7)
   */
  propagation?: 'private' | 'slave' | 'shared' | 'unchanged' | undefined;
}

export const propagation = setupFeature<PropagationOptions, number>({
  title: 'Propagation of mounts',
  needs: 'mnt',
  examples: {propagation: 'shared'},
  resolve(options, {fileSystem}) {
    const kind = resolvePropagation(options.propagation);
    checkFileSystem(kind, fileSystem, options.propagation);
    const flag = flags[kind];
    return flag === undefined ? 0 : native().internalConstants[flag]!;
  },
  write(operations, flag, {namespaces, fileSystem}) {
    // With `root` or `mounts`, sources have been opened, and this has been done before.
    if (namespaces.has('mnt') && fileSystem === 'host') addPropagation(operations, flag);
  },
  causes: [
    {
      steps: ['propagation'],
      code: 'EINVAL',
      syscall: 'mount',
      applies: () => when(isRootWithinMount()),
      why: 'the root of this process is a directory within a mount (chroot(2)), whose propagation cannot be changed',
      advice:
        "set propagation: 'unchanged', or make the root a mount (mount --bind DIRECTORY DIRECTORY) before the chroot",
    },
    ...mountRefused('propagation', "propagation: 'unchanged' and mountProc: false"),
  ],
});

/** By default mounts made inside would appear outside, where the mounts of the host are shared. */
export function addPropagation(operations: SetupOperations, flag: number | undefined): void {
  if (flag) operations.add({step: 'propagation', path: '/'}, 'PROPAGATION', [flag]);
}

/** Refuses what would let mounts appear outside, or new ones of the host in a root of the command's own. */
function checkFileSystem(kind: keyof typeof flags, fileSystem: SetupBase['fileSystem'], option: unknown): void {
  if (fileSystem === 'host' || kind === 'private') return;
  throw invalidArgValue('options.propagation', option, "must be 'private' with `root` or `mounts`");
}

function resolvePropagation(option: unknown): keyof typeof flags {
  if (!isGiven(option)) return 'private';
  if (typeof option === 'string' && Object.hasOwn(flags, option)) return option as keyof typeof flags;
  throw invalidArgValue('options.propagation', option, `must be one of ${listed(Object.keys(flags), option)}`);
}

/** Returns whether what is mounted inside can appear outside. */
export function propagatesOut(options: object, {namespaces}: SetupBase): boolean {
  const kind = resolvePropagation((options as PropagationOptions).propagation);
  return (kind === 'shared' || kind === 'unchanged') && !namespaces.has('user');
}
