// createSandbox: starts nsinit, and waits until it has created the namespaces.

import {invalidArgValue, NamespaceError} from '../../errors/errors.js';
import type {InitOptions} from '../../features/init.js';
import {LoopReference} from '../../shared/loop-reference.js';
import {own} from '../../shared/own.js';
import {isGiven, validateObject} from '../../shared/validate.js';
import type {Failure} from '../channel/launch-events.js';
import {Nsinit} from '../channel/nsinit.js';
import {type ResolvedSetup, resolveSetup} from '../options/resolve.js';
import type {SetupFeatureOptions} from '../options/spawn-options.js';
import {hasTargets, openTargets, type Targets} from '../options/targets.js';
import {planSandbox} from '../plan/build.js';
import {PlanWriter} from '../plan/writer.js';
import {errorOf} from '../process/failure.js';
import {launchEvents} from '../process/namespaced-process.js';
import {setUpEvents} from '../process/set-up-events.js';
import {resolveDefaults, type SandboxDefaults} from './defaults.js';
import {type SandboxOptions, sandboxOptions} from './options.js';
import {Sandbox} from './sandbox.js';

/**
 * Creates namespaces in which nsinit waits for commands. A command starts faster in an existing sandbox than in new namespaces.
 *
 * Privilege: as for {@link spawnInNamespace}. Linux 5.11.
 *
 * @returns a promise of the sandbox. It rejects with a {@link NamespaceError} if the set-up fails, and nothing is left then
 * @throws by rejection: ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE for a bad option
 * @see namespaces(7), pid_namespaces(7)
 */
export async function createSandbox(options?: SandboxOptions): Promise<Sandbox> {
  const given = checked(options);
  const defaults = resolveDefaults(given.defaults);
  // nsinit is protected from capabilities of commands from the start.
  const {capabilities} = own<SandboxDefaults>(given.defaults);
  const setup = resolveSetup(isGiven(capabilities) ? own<SetupFeatureOptions>({...given, capabilities}) : given);
  return launchSandbox(targetsOf(setup), defaults);
}

/** What a sandbox is launched with. `close` is called when nsinit has received the descriptors. */
export type SandboxTargets = Pick<Targets, 'setup' | 'descriptors' | 'close'>;

/** Starts nsinit with a set-up, and returns a promise of its sandbox. */
export function launchSandbox(targets: SandboxTargets, defaults?: SandboxDefaults): Promise<Sandbox> {
  const {setup} = targets;
  const plan = planSandbox(setup);
  const toError = (failure: Failure): Error => {
    const line = {file: 'nsinit', argv: ['nsinit'], namespaces: setup.namespaces};
    return errorOf(failure, {setup: plan.steps, command: [], clone: {step: 'namespaces'}}, line);
  };
  return new Promise((resolve, reject) => {
    const reference = new LoopReference();
    let sandbox: Sandbox | undefined;
    const settingUp = setUpEvents({
      reference,
      toError,
      ready: (namespaces, pid) => {
        // No event comes before Nsinit.start() has returned.
        sandbox = new Sandbox({
          nsinit: nsinit as Nsinit,
          pid,
          setup,
          defaults,
          steps: plan.steps,
          namespaces,
          reference,
          toError,
        });
        resolve(sandbox);
      },
      ended: reject,
    });
    const writer = new PlanWriter();
    writer.append(plan.bytes);
    const nsinit = Nsinit.start(writer, plan, targets.descriptors, () => sandbox?.[launchEvents] ?? settingUp);
    targets.close();
    if (nsinit instanceof Nsinit) reference.hold();
    else reject(toError(nsinit));
  });
}

function targetsOf(setup: ResolvedSetup): SandboxTargets {
  if (!hasTargets(setup)) return {setup, descriptors: [], close: () => {}};
  const targets = openTargets(setup);
  if (targets instanceof NamespaceError) throw targets;
  return targets;
}

function checked(given: SandboxOptions | undefined): SandboxOptions {
  if (given !== undefined) validateObject(given, 'options');
  const options = sandboxOptions.read<SandboxOptions>(given);
  if (typeof options.init === 'boolean') {
    throw invalidArgValue('options.init', options.init, 'must be an object: a sandbox has an init');
  }
  if (own(options.join).env) {
    throw invalidArgValue('options.join.env', true, 'must be left out: each command of a sandbox has the option `env`');
  }
  const {waitForAll} = own<InitOptions>(options.init);
  if (waitForAll) {
    throw invalidArgValue(
      'options.init.waitForAll',
      waitForAll,
      'must be left out: a sandbox stays until it is closed',
    );
  }
  return options;
}
