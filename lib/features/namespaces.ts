// The option `namespaces`: which namespaces are created.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {native} from '../shared/native.js';
import {own} from '../shared/own.js';
import {isGiven} from '../shared/validate.js';
import {setupFeature} from './feature.js';
import {namespaceCauses} from './namespace-causes.js';

/**
 * Which namespaces a command gets. An array names the types to create; in an object each type is 'new' or 'inherit', and
 * a type left out is inherited.
 */
export type NamespacesOption = readonly NamespaceType[] | {readonly [T in NamespaceType]?: 'new' | 'inherit'};

export interface NamespacesOptions {
  /**
   * The namespaces to create. Default ['pid', 'mnt'].
   *
   * Privilege: CAP_SYS_ADMIN. Where the caller lacks it and says nothing of 'user', a user namespace is added, in which
   * the caller's own ids are mapped to themselves. 'time' needs Linux 5.6.
   */
  namespaces?: NamespacesOption | undefined;
}

export const namespaces = setupFeature<NamespacesOptions>({
  title: 'Creating namespaces',
  examples: {namespaces: ['ipc']},
  write(operations, _, base) {
    // Node's clone has created the user and PID namespaces, because nsinit is to be in them.
    const unshared = [...base.namespaces].filter(type => type !== 'user' && type !== 'pid');
    if (unshared.length > 0) operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(unshared)]);
  },
  causes: namespaceCauses,
});

/** Returns the CLONE_NEW* of types. */
export function cloneMask(types: Iterable<NamespaceType>): number {
  const {namespaces: flags} = native().protocol;
  let mask = 0;
  for (const type of types) mask += flags[type]!;
  return mask;
}

/** The default: a PID namespace, and a mount namespace for its own /proc. */
const defaultTypes: readonly NamespaceType[] = ['pid', 'mnt'];

/**
 * The types to create.
 * @param option - what the user gave
 * @param isPrivileged - whether the caller may create namespaces without a user namespace
 */
export function resolveNamespaces(option: unknown, isPrivileged: boolean): Set<NamespaceType> {
  const {types, saysUser} = readNamespaces(option);
  // An ordinary user may create any namespace, but in a user namespace of its own.
  if (types.size > 0 && !isPrivileged && !saysUser) types.add('user');
  return types;
}

function readNamespaces(option: unknown): {types: Set<NamespaceType>; saysUser: boolean} {
  if (!isGiven(option)) return {types: new Set(defaultTypes), saysUser: false};
  if (Array.isArray(option)) {
    option.forEach((type, index) => {
      checkType(type, `options.namespaces[${index}]`);
    });
    return {types: new Set(option as NamespaceType[]), saysUser: option.includes('user')};
  }
  if (typeof option !== 'object') {
    throw invalidArgType('options.namespaces', 'an array of namespace types or an object', option);
  }
  const types = new Set<NamespaceType>();
  for (const [type, value] of Object.entries(option)) {
    checkType(type, 'options.namespaces');
    if (value === 'new') types.add(type as NamespaceType);
    else if (value !== 'inherit' && isGiven(value)) {
      throw invalidArgValue(`options.namespaces.${type}`, value, "must be 'new' or 'inherit'");
    }
  }
  return {types, saysUser: isGiven(own(option as {user?: unknown}).user)};
}

function checkType(type: unknown, name: string): void {
  if (isNamespaceType(type)) return;
  throw invalidArgValue(name, type, `must be one of ${listed(namespaceTypes, type)}`);
}
