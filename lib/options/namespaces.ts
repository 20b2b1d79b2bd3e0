// The option `namespaces`: which are made.
import {invalidArgType, invalidArgValue} from '../errors.js';
import {isNamespaceType, type NamespaceType, namespaceTypes} from '../namespace-types.js';
import {own} from './own.js';

/**
 * Which namespaces a command gets. An array names the types to create; in an object each type is 'new' or 'inherit', and
 * a type left out is inherited.
 */
export type NamespacesOption = readonly NamespaceType[] | {readonly [T in NamespaceType]?: 'new' | 'inherit'};

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
  if (option === undefined) return {types: new Set(defaultTypes), saysUser: false};
  if (Array.isArray(option)) {
    option.forEach((type, index) => {
      checkType(type, `options.namespaces[${index}]`);
    });
    return {types: new Set(option as NamespaceType[]), saysUser: option.includes('user')};
  }
  if (typeof option !== 'object' || option === null) {
    throw invalidArgType('options.namespaces', 'an array of namespace types or an object', option);
  }
  const types = new Set<NamespaceType>();
  for (const [type, value] of Object.entries(option)) {
    checkType(type, 'options.namespaces');
    if (value === 'new') types.add(type as NamespaceType);
    else if (value !== 'inherit' && value !== undefined) {
      throw invalidArgValue(`options.namespaces.${type}`, value, "must be 'new' or 'inherit'");
    }
  }
  return {types, saysUser: own(option as {user?: unknown}).user !== undefined};
}

function checkType(type: unknown, name: string): void {
  if (isNamespaceType(type)) return;
  throw invalidArgValue(name, type, `must be one of ${namespaceTypes.map(known => `'${known}'`).join(', ')}`);
}
