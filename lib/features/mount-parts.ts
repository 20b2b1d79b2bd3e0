// What one entry of `mounts` consists of: operations of nsinit, and the sources that they use.
import {isInInitialUserNamespace} from '../shared/facts.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import type {Operations, ResolvedSetup, Step} from './feature.js';
import type {Part, Source} from './part.js';

/** Returns the mask of flags by their names. */
export function mountFlags(names: readonly string[]): number {
  const {mountFlags: flags} = native().protocol;
  return names.reduce((mask, name) => mask | flags[name]!, 0);
}

/** Writes the operations that open sources. */
export function writeSources(operations: Operations, step: Step, sources: readonly Source[]): void {
  const {sources: kinds, sourceFlags} = native().protocol;
  for (const {how, source, isOptional} of sources) {
    const flags = isOptional ? sourceFlags.OPTIONAL! : 0;
    if (typeof source === 'string')
      operations.add({...step, path: source}, 'OPEN_SOURCE', [kinds[how]!, flags], source);
    else
      operations.add({...step, path: `/dev/fd/${source}`}, 'OPEN_SOURCE', [
        kinds[how]!,
        flags | sourceFlags.DESCRIPTOR!,
      ]);
  }
}

/** A new file system without parameters. */
export function newFileSystem(step: Step & {path: string}, type: string): Part {
  const flags = ['NOSUID', 'NODEV', 'NOEXEC'];
  return {step, kind: 'FILE_SYSTEM', flags, sources: [], texts: `${step.path}\0${type}`};
}

/** Writes one operation MOUNT. */
export function writePart(operations: Operations, part: Part, setup: ResolvedSetup): void {
  const {step, kind, flags, texts, mode = 0, argument = 0} = own(part);
  const all = kind === 'OVERLAY' ? [...flags, ...overlayFlags(setup)] : flags;
  operations.add(step, 'MOUNT', [native().protocol.mounts[kind]! + mode * 2 ** 32, mountFlags(all), argument], texts);
}

/** Returns the flags of an overlay. Only root of the initial user namespace may write trusted.* attributes: xattr(7). */
export function overlayFlags({namespaces, joins}: ResolvedSetup): string[] {
  const isUsers = namespaces.has('user') || joins.includes('user') || !isInInitialUserNamespace();
  return isUsers ? ['USER_XATTR'] : [];
}

/** Returns whether nsinit needs a tmpfs for it that no path leads to. */
export function needsStage({kind, flags}: Pick<Part, 'kind' | 'flags'>): boolean {
  return kind === 'FILE' || (kind === 'OVERLAY' && !flags.includes('HAS_UPPER'));
}
