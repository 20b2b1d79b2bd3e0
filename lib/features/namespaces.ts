// The option `namespaces`: which namespaces are created.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {
  isOpenNamespace,
  type NamespaceReference,
  type NamespaceSource,
  type ProcessSource,
  processKey,
  resolveSource,
} from '../shared/source.js';
import {isGiven} from '../shared/validate.js';
import {creationRefused} from './creation-refused.js';
import {setupFeature} from './feature.js';

/**
 * The namespaces of a command. An array contains the types to create. In an object each type is 'new', 'inherit', or a namespace to join: a
 * NamespaceHandle, a process (a PID, {pidfd}, a NamespacedProcess, a Sandbox), or a path. A type that is left out is inherited. All namespaces
 * of a process are joined with the result of {@link namespacesOf}.
 */
export type NamespacesOption =
  | readonly NamespaceType[]
  | {readonly [T in NamespaceType]?: 'new' | 'inherit' | NamespaceReference | undefined};

export interface NamespacesOptions {
  /**
   * The namespaces to create, and those to join. Default: ['pid', 'mnt']. 'time' needs Linux 5.6. namespaces(7), setns(2)
   *
   * Privilege: CAP_SYS_ADMIN. If the caller lacks it, a user namespace is added, in which the caller's own ids are mapped to themselves. It
   * is not added if `namespaces` is an object that contains 'user'. Without CAP_SYS_ADMIN, namespaces are joined together with the user
   * namespace that owns them, and no new user namespace may be created then.
   */
  namespaces?: NamespacesOption | undefined;
}

export const namespaces = setupFeature<NamespacesOptions>({
  title: 'Creating namespaces',
  examples: {namespaces: ['ipc']},
  write(operations, _, base) {
    // Node's clone has created the user and PID namespaces, because nsinit is to be in them. nsinit is in the mount namespace already if it
    // has opened sources there.
    const made = ['user', 'pid', ...(base.fileSystem === 'host' ? [] : ['mnt'])];
    const unshared = [...base.namespaces].filter(type => !made.includes(type));
    if (unshared.length > 0) operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(unshared)]);
  },
  causes: creationRefused,
});

/** Returns the mask of CLONE_NEW* for the types. */
export function cloneMask(types: Iterable<NamespaceType>): number {
  const {namespaces: flags} = native().protocol;
  let mask = 0;
  for (const type of types) mask += flags[type]!;
  return mask;
}

/** The default types: a PID namespace, and a mount namespace for its /proc. */
const defaultTypes: readonly NamespaceType[] = ['pid', 'mnt'];

/** What the option says of the types that are not inherited. */
export interface ResolvedNamespaces {
  types: Set<NamespaceType>;
  sources: Map<NamespaceType, NamespaceReference> | undefined;
  /** The process that namespacesOf() was called for. */
  process: ProcessSource | undefined;
}

/**
 * Returns the types to create, and what to join.
 * @param option - what the user gave
 * @param isPrivileged - whether the caller may create namespaces without a user namespace
 * @param needsMnt - whether a mount namespace is created in any case, for `root` or `mounts`
 * @throws ERR_INVALID_ARG_VALUE also for a combination that the kernel would refuse
 */
export function resolveNamespaces(option: unknown, isPrivileged: boolean, needsMnt = false): ResolvedNamespaces {
  const {types, sources, process, saysUser} = readNamespaces(option);
  if (needsMnt) addMnt(option, types, sources);
  if (sources === undefined) {
    // An ordinary user may create any namespace, but in a user namespace of its own.
    if (types.size > 0 && !isPrivileged && !saysUser) types.add('user');
  } else if (!isPrivileged && !sources.has('user')) {
    const reason = types.has('user')
      ? 'must not have a new user namespace, which has no rights over a namespace that exists already'
      : 'must have the user namespace that owns them, since joining needs CAP_SYS_ADMIN there';
    throw invalidArgValue('options.namespaces', option, `${reason}: join it as \`user\`, or run as root`);
  }
  return {types, sources, process};
}

function readNamespaces(option: unknown): ResolvedNamespaces & {saysUser: boolean} {
  if (!isGiven(option)) return {types: new Set(defaultTypes), sources: undefined, process: undefined, saysUser: false};
  if (Array.isArray(option)) {
    option.forEach((type, index) => {
      checkType(type, `options.namespaces[${index}]`);
    });
    const types = new Set(option as NamespaceType[]);
    return {types, sources: undefined, process: undefined, saysUser: types.has('user')};
  }
  if (typeof option !== 'object') {
    throw invalidArgType('options.namespaces', 'an array of namespace types or an object', option);
  }
  const types = new Set<NamespaceType>();
  const sources = new Map<NamespaceType, NamespaceReference>();
  for (const [type, value] of Object.entries(option)) {
    checkType(type, 'options.namespaces');
    if (value === 'new') types.add(type);
    else if (value !== 'inherit' && isGiven(value)) sources.set(type, readReference(value, type));
  }
  const saysUser = isGiven(own(option as {user?: unknown}).user);
  const process = (option as {[processKey]?: ProcessSource})[processKey];
  return {types, sources: sources.size === 0 ? undefined : sources, process, saysUser};
}

/** Adds the mount namespace of `root` and `mounts`. They would change the one of others if it is joined or inherited. */
function addMnt(option: unknown, types: Set<NamespaceType>, sources: ResolvedNamespaces['sources']): void {
  const given = isGiven(option) && !Array.isArray(option) ? own(option as {mnt?: unknown}).mnt : undefined;
  if (sources?.has('mnt') || given === 'inherit') {
    throw invalidArgValue('options.namespaces.mnt', given, "must be 'new' with `root` or `mounts`, or be left out");
  }
  types.add('mnt');
}

function readReference(value: unknown, type: NamespaceType): NamespaceReference {
  const name = `options.namespaces.${type}`;
  if (typeof value === 'string') {
    if (value.startsWith('/')) return value;
    throw invalidArgValue(
      name,
      value,
      "must be 'new', 'inherit', or a namespace to join: a handle, a process, or an absolute path",
    );
  }
  if (!isOpenNamespace(value)) resolveSource(value as NamespaceSource, name);
  else if (value.type !== type) throw invalidArgValue(name, value, `must be ${type}, and it is ${value.type}`);
  return value as NamespaceReference;
}

function checkType(type: unknown, name: string): asserts type is NamespaceType {
  if (isNamespaceType(type)) return;
  throw invalidArgValue(name, type, `must be one of ${listed(namespaceTypes, type)}`);
}
