// The option `mounts`: what is mounted in the root of the command.
import type {CommandOperations, ResolvedSetup, SetupOperations} from './feature.js';
import {setupFeature} from './feature.js';
import {mountCauses} from './mount-causes.js';
import {readMounts} from './mount-options.js';
import {writePart} from './mount-parts.js';
import type {Mount} from './mount-types.js';
import type {Part} from './part.js';

export interface MountsOptions {
  /**
   * What is mounted in the root of the command, in this order: a later entry covers an earlier one. A mount namespace is created for it, also
   * where `namespaces` does not name 'mnt'. All sources are opened before anything is mounted, with the rights of the caller. No destination
   * is looked up through a symbolic link. docs/filesystem.md has examples. Default: none.
   *
   * A command with CAP_SYS_ADMIN in its user namespace, such as root of it (`uidMap: 'root'`), can change these mounts. It cannot get at what
   * is outside of its root, but it can make a read-only mount writable. A descriptor of a directory in `stdio` gets past every mount.
   *
   * Privilege: none in a user namespace. Linux 5.11; `readOnly` and other attributes of 'bind' need 5.12. mount(8)
   */
  mounts?: readonly Mount[] | undefined;
}

export const mounts = setupFeature<MountsOptions, readonly Part[]>({
  title: 'Mounts',
  examples: {mounts: [{type: 'file', destination: '/etc/passwd', content: ''}]},
  resolve: options => readMounts(options.mounts),
  write(operations, _, setup) {
    if (!mountsInCommand(setup)) writeMounts(operations, setup);
  },
  causes: mountCauses,
});

/**
 * Returns whether the process of the command mounts, and not nsinit: only a process in the new PID namespace can mount its /proc, and without
 * an init the command is the first one.
 */
export function mountsInCommand({namespaces, isInit}: Pick<ResolvedSetup, 'namespaces' | 'isInit'>): boolean {
  return namespaces.has('pid') && !isInit;
}

export function writeMounts(operations: SetupOperations | CommandOperations, setup: ResolvedSetup): void {
  for (const part of partsOf(setup)) writePart(operations, part, setup);
}

const seal: Part = {step: {step: 'root', path: '/'}, kind: 'SEAL', flags: [], sources: [], texts: '/'};

/** Returns everything that is mounted for a set-up: what a prepared root leaves to each of its users, and what the option says. */
export function partsOf({prepared, template, settings}: ResolvedSetup): readonly Part[] {
  const given = settings.of(mounts) ?? [];
  if (prepared === undefined) return given;
  const shared = template === undefined ? [...prepared.shared, ...(prepared.isSealed ? [seal] : [])] : [];
  return [...shared, ...prepared.fresh, ...given];
}
