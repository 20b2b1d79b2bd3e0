// Remembers the set-ups with `root` and `mounts`, because many programs use the same few again and again.
import type {ResolvedSetup} from '../../features/feature.js';
import {PreparedRoot} from '../../features/prepared-root.js';
import {isGiven} from '../../shared/validate.js';
import {plainKey} from './plain-key.js';
import type {SetupFeatureOptions} from './spawn-options.js';

// By the content of the options, since callers may change the objects.
const known = new Map<string, ResolvedSetup>();
const knownMax = 64;
// Those of prepared roots without another option.
const prepared = new WeakMap<PreparedRoot, {caller: string; setup: ResolvedSetup}>();

/**
 * Returns the set-up for `namespaces`, `root` and `mounts`. It is the same object for the same content, as long as the caller has the same ids:
 * the id maps contain them.
 * @param options - without any other option of the set-up
 * @param resolve - resolves it
 */
export function rootOf(
  options: SetupFeatureOptions,
  isPrivileged: boolean,
  resolve: () => ResolvedSetup,
): ResolvedSetup {
  // What netns.exec() adds is under a symbol.
  if (Object.getOwnPropertySymbols(options).length > 0) return resolve();
  const {namespaces, root, mounts} = options;
  const caller = `${isPrivileged} ${process.geteuid!()} ${process.getegid!()}`;
  if (root instanceof PreparedRoot) {
    if (root.closed || isGiven(namespaces) || isGiven(mounts)) return resolve();
    const found = prepared.get(root);
    if (found?.caller === caller) return found.setup;
    const setup = resolve();
    prepared.set(root, {caller, setup});
    return setup;
  }
  const content = plainKey([namespaces, root, mounts]);
  if (content === undefined) return resolve();
  const key = `${caller} ${content}`;
  const found = known.get(key) ?? resolve();
  if (known.size < knownMax) known.set(key, found);
  return found;
}
