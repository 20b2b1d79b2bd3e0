// A root that is made once, and used by many commands: what it consists of, and when a command can use what was made.
import {codedError} from '../shared/argument-errors.js';
import {isAdministrator} from '../shared/facts.js';
import {own} from '../shared/own.js';
import type {SetupBase} from './feature.js';
import type {ResolvedMaps} from './id-maps.js';
import type {Part, PreparedContent, Template} from './part.js';

let read: (root: PreparedRoot) => PreparedContent;

/**
 * A root directory that was made once, for many commands and sandboxes: the result of {@link prepareRoot}, and a value of the option `root`. It
 * has to be closed.
 *
 * @see mount_namespaces(7)
 */
export class PreparedRoot {
  static {
    read = root => root.#content;
  }

  /**
   * How commands get this root: 'namespace', a copy of a mount namespace that is kept, or 'anew', each entry again for each command. What a
   * command sees is the same. docs/filesystem.md says which options of a command lead to 'anew' in any case.
   */
  readonly way: 'namespace' | 'anew';
  readonly #content: PreparedContent;
  #isClosed = false;

  /** @param content - made by {@link prepareRoot} */
  constructor(content: PreparedContent) {
    this.#content = content;
    this.way = content.template === undefined ? 'anew' : 'namespace';
  }

  /** Whether {@link close} has been called. */
  get closed(): boolean {
    return this.#isClosed;
  }

  /**
   * Gives the root back. Commands and sandboxes that use it keep what they have; for new ones it cannot be used any more. A second call does
   * nothing.
   */
  close(): void {
    this.#isClosed = true;
    this.#content.template?.mnt.close();
    this.#content.template?.user?.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

/**
 * Returns what a prepared root consists of, or undefined for another value of the option.
 * @throws ERR_INVALID_STATE if it is closed
 */
export function preparedContent({root}: {readonly root?: unknown}): PreparedContent | undefined {
  if (!(root instanceof PreparedRoot)) return undefined;
  if (root.closed) throw codedError('ERR_INVALID_STATE', 'The prepared root is closed');
  return read(root);
}

/**
 * Returns the namespaces from which a set-up can get the root. A set-up with other ids than those with which the root was made, or without an
 * init of its own, makes the root anew.
 */
export function templateFor(
  base: SetupBase,
  mounts: readonly Part[],
  maps: ResolvedMaps | undefined,
): Template | undefined {
  const template = base.prepared?.template;
  if (template === undefined || !base.isInit || !mounts.every(isPossible)) return undefined;
  const isUsers = template.user !== undefined;
  if (isUsers === isAdministrator() || isUsers !== base.namespaces.has('user')) return undefined;
  if (!isUsers) return template;
  const {uidMap, gidMap, setgroups} = own<Partial<ResolvedMaps>>(maps);
  return uidMap?.isOwn && gidMap?.isOwn && setgroups === 'deny' ? template : undefined;
}

/**
 * Returns whether something can be mounted in a copy of the template. The kernel takes the layers of an overlay from the mount namespace of
 * whoever mounts it only, and a user namespace may mount a sysfs only where it sees another one.
 */
export function isPossible({kind, texts}: Part): boolean {
  return kind !== 'OVERLAY' && !(kind === 'FILE_SYSTEM' && `${texts}`.split('\0')[1] === 'sysfs');
}
