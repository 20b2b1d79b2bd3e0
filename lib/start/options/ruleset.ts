// Creates the ruleset of Landlock that a command receives as its last descriptor, and gives up when it is restricted.
import {NamespaceError} from '../../errors/errors.js';
import {landlock, type ResolvedLandlock} from '../../features/landlock.js';
import {ENOTSUP} from '../../shared/kernel.js';
import {native} from '../../shared/native.js';
import type {ResolvedProcess} from './resolve.js';
import {addSent, type StdioEntry} from './stdio.js';

/**
 * Adds the ruleset of a command to its descriptors, if it has one.
 * @throws NamespaceError of the step `landlock`; it is emitted, not thrown
 */
export function addRuleset({settings}: ResolvedProcess, entries: StdioEntry[]): void {
  const wanted = settings.of(landlock);
  if (wanted === undefined) return;
  const source = openRuleset(wanted);
  if (source instanceof NamespaceError) throw source;
  addSent(entries, source, 'ruleset');
}

const failed = new Int32Array(2);

function openRuleset(wanted: ResolvedLandlock): number | NamespaceError {
  const {abi, needed, files, network, scope, paths, ports} = wanted;
  if (abi < needed || files + network + scope === 0) return unsupported(wanted);
  const result = native().landlockRuleset(
    Uint32Array.of(files, network, scope),
    paths.map(({path}) => path),
    Uint32Array.from(paths, ({rights}) => rights),
    Uint32Array.from(ports.flat()),
    failed,
  );
  if (result >= 0) return result;
  const [call = 0, index = -1] = failed;
  const {path, option, index: place} = paths[index] ?? {};
  const step = option === undefined ? 'landlock' : `landlock.${option}`;
  return new NamespaceError({errno: result, syscall: native().syscalls[call], step, index: place, path});
}

function unsupported({abi, needed, missing}: ResolvedLandlock): NamespaceError {
  const most = missing.reduce((one, other) => (other.abi > one.abi ? other : one), missing[0]!);
  const names = missing.map(({name, linux}) => `${name} (Linux ${linux})`).join(', ');
  const has = abi === 0 ? 'none, or it is not enabled (`lsm=` of the kernel)' : `version ${abi}`;
  const wants = missing.length > 0 ? `version ${Math.max(needed, most.abi)} for ${names}` : `version ${needed}`;
  const advice = abi === 0 ? 'use a newer kernel' : `use a newer kernel, or set atLeast: ${abi} to go without`;
  return new NamespaceError({
    errno: ENOTSUP,
    syscall: 'landlock_create_ruleset',
    step: 'landlock',
    hint: `it needs Landlock ${wants}, and this kernel has ${has}; ${advice}`,
  });
}
