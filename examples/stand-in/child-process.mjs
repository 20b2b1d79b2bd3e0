// node:child_process, but for spawn.
import {spawnInNamespace} from 'namespawn';

export * from 'node:child_process';

export function spawn(command, args, options) {
  if (!Array.isArray(args) && args) [args, options] = [[], args];
  // These packages pass on their own options as well, and child_process ignores what it does not know.
  return spawnInNamespace(command, args, {...options, ignoredOptions: Object.keys(options ?? {})});
}
