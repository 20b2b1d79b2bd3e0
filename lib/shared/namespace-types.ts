/** The types of namespace, spelt as in /proc/PID/ns. */
export const namespaceTypes = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;

/** A type of namespace, spelt as in /proc/PID/ns. */
export type NamespaceType = (typeof namespaceTypes)[number];

const known: ReadonlySet<unknown> = new Set(namespaceTypes);

/** Returns whether a value is a type of namespace. */
export function isNamespaceType(value: unknown): value is NamespaceType {
  return known.has(value);
}
