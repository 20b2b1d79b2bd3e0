// The option `mountSys`: a /sys of the network namespace.
import {invalidArgValue} from '../shared/argument-errors.js';
import {isAdministrator} from '../shared/facts.js';
import {when} from '../shared/hint.js';
import {isGiven, validateBoolean} from '../shared/validate.js';
import {setupFeature} from './feature.js';
import {newFileSystem, writePart} from './mount-parts.js';
import {mountRefused} from './mount-refused.js';
import {propagatesOut} from './propagation.js';

export interface MountSysOptions {
  /**
   * Whether a sysfs is mounted on /sys, over the one that is there: /sys/class/net shows the network interfaces of the network namespace of
   * whoever mounted it, and the old one those of the host. cgroups and other file systems below the old /sys stay where they are. Default:
   * true where 'net' and 'mnt' are both new and nothing propagates to the outside (see `propagation`), as far as the kernel allows it; if it
   * does not, the old /sys stays. With true given the command is not started then. With a `root` other than 'host' and 'readonly' the default
   * is false.
   *
   * Privilege: CAP_SYS_ADMIN in the user namespace that owns the network namespace.
   */
  mountSys?: boolean | undefined;
}

export const mountSys = setupFeature<MountSysOptions, {isOptional: boolean}>({
  title: 'Mounting /sys',
  examples: {mountSys: false},
  resolve(options, base) {
    const {mountSys: option} = options;
    const {namespaces, fileSystem} = base;
    if (!isGiven(option)) {
      const isOwn = namespaces.has('net') && namespaces.has('mnt');
      const isUsual = isOwn && !propagatesOut(options, base) && fileSystem !== 'new';
      return isUsual ? {isOptional: true} : undefined;
    }
    validateBoolean(option, 'options.mountSys');
    if (!option) return undefined;
    // Otherwise it would be mounted for all processes outside as well.
    if (!namespaces.has('mnt')) throw invalidArgValue('options.mountSys', option, "needs 'mnt' among the namespaces");
    return {isOptional: false};
  },
  write(operations, value, setup) {
    if (value === undefined) return;
    const step = {step: 'mountSys', path: '/sys'};
    if (setup.fileSystem === 'new') writePart(operations, newFileSystem(step, 'sysfs'), setup);
    else operations.add(step, 'MOUNT_SYS', [value.isOptional ? 1 : 0]);
  },
  causes: [
    ...mountRefused('mountSys', 'mountSys: false'),
    {
      steps: ['mountSys'],
      code: 'EPERM',
      applies: () => when(!isAdministrator()),
      why: 'the user namespace of the command does not own its network namespace, or something hides a part of /sys here',
      advice: "add 'user' and 'net' to the namespaces, or leave mountSys out",
    },
    {
      steps: ['mountSys'],
      code: 'EPERM',
      why: 'a new /sys would show what is hidden here, by mounts over parts of it or because it is read-only',
      advice: 'give the container a /sys without mounts over it, or set mountSys: false',
    },
    {
      steps: ['mountSys'],
      code: 'ENOENT',
      why: 'there is no /sys',
      advice: 'create the directory, or set mountSys: false',
    },
  ],
});
