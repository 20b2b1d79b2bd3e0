// The option `mountProc`: a /proc of the new PID namespace.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {hiddenProc, isAdministrator} from '../shared/facts.js';
import {when} from '../shared/hint.js';
import {own} from '../shared/own.js';
import {isGiven, validateNoNul} from '../shared/validate.js';
import {commandFeature, type Operations, type ResolvedSetup, type SetupBase, setupFeature} from './feature.js';
import {newFileSystem, writePart} from './mount-parts.js';
import {mountRefused} from './mount-refused.js';
import type {Mount} from './mount-types.js';
import type {MountsOptions} from './mounts.js';
import {propagatesOut} from './propagation.js';

export interface MountProcOptions {
  /**
   * Where to mount a /proc for the namespaces. Default '/proc' (true) where 'pid' and 'mnt' are both new and nothing propagates to the
   * outside (see `propagation`), else nowhere. In an empty root the directory is made. Where `mounts` has an entry of type 'proc', nothing is
   * mounted by default.
   */
  mountProc?: boolean | string | undefined;
}

export const mountProc = setupFeature<MountProcOptions, string>({
  title: 'Mounting /proc',
  examples: {mountProc: false},
  resolve: (options, base) =>
    resolveMountProc(options.mountProc, base, propagatesOut(options, base) || hasProc(options)),
  write(operations, _, setup) {
    if (setup.isInit) writeMountOfProc(operations, setup);
  },
  causes: [
    {
      steps: ['mountProc'],
      code: 'EPERM',
      syscall: 'mount',
      applies: () => {
        const hidden = hiddenProc();
        return hidden === undefined ? undefined : {hidden};
      },
      why: 'a new /proc would show what is hidden here ({hidden}), which the kernel allows to real root only',
      advice:
        'give the container an unmasked /proc (Docker, Podman: --security-opt systempaths=unconfined; Kubernetes: procMount: Unmasked), or set mountProc: false',
    },
    ...mountRefused('mountProc', 'mountProc: false'),
    {
      steps: ['mountProc'],
      code: 'EPERM',
      applies: () => when(!isAdministrator()),
      why: 'mounting a /proc needs a PID namespace and a user namespace of its own, with the mount namespace in it',
      advice: "add 'pid' and 'user' to the namespaces, or set mountProc: false",
    },
    {
      steps: ['mountProc'],
      code: 'EPERM',
      why: 'the kernel refuses a new /proc here; the kernel log may say "Mount too revealing"',
      advice: 'unmask /proc, or set mountProc: false',
    },
    {
      steps: ['mountProc'],
      code: 'EROFS',
      why: 'there is no such directory in the root, and none is made in a directory of the host',
      advice: 'create it there, use an overlay as root, or set mountProc: false',
    },
    {
      steps: ['mountProc'],
      code: 'ENOENT',
      why: 'there is no such directory to mount it on',
      advice: 'create it first, or use another path',
    },
    {
      steps: ['mountProc'],
      code: 'ENOTDIR',
      why: 'it is not a directory',
      advice: 'name a directory',
    },
    {
      steps: ['mountProc'],
      code: 'ENODEV',
      why: 'this kernel has no procfs',
      advice: 'set mountProc: false',
    },
  ],
});

/** Without an init, nsinit is outside of the new PID namespace, so the process of the command mounts /proc. */
export const mountProcOfCommand = commandFeature({
  title: 'Mounting /proc without an init',
  examples: {},
  write(operations, _, {setup}) {
    // Otherwise it is mounted with the rest of the file system.
    if (!setup.isInit && setup.fileSystem === 'host') writeMountOfProc(operations, setup);
  },
});

/** Mounts the /proc in the root of the command, which may be still to come. */
export function writeMountOfProc(operations: Operations, setup: ResolvedSetup): void {
  const path = setup.settings.of(mountProc);
  if (path === undefined) return;
  const step = {step: 'mountProc', path};
  if (setup.fileSystem === 'host') operations.add(step, 'MOUNT_PROC', [0], path);
  else writePart(operations, newFileSystem(step, 'proc'), setup);
}

/** Whether `mounts` has a /proc. */
function hasProc(options: object): boolean {
  const {mounts} = options as MountsOptions;
  return Array.isArray(mounts) && mounts.some((mount: Mount) => own(mount).type === 'proc');
}

function resolveMountProc(option: unknown, {namespaces}: SetupBase, isUnwanted: boolean): string | undefined {
  const target = isGiven(option) ? option : namespaces.has('pid') && namespaces.has('mnt') && !isUnwanted;
  if (target === false) return undefined;
  if (target !== true && typeof target !== 'string') {
    throw invalidArgType('options.mountProc', 'of type boolean or string', target);
  }
  // Otherwise it would be mounted for all processes outside as well.
  if (!namespaces.has('mnt')) {
    throw invalidArgValue('options.mountProc', target, "needs 'mnt' among the namespaces");
  }
  if (target === true) return '/proc';
  validateNoNul(target, 'options.mountProc');
  return target;
}
