// A command whose nsinit stays when it has ended, so that its files can be collected before its mounts are gone.
import type {LaunchEvents} from './channel/launch-events.js';
import {Nsinit} from './channel/nsinit.js';
import type {ResolvedProcess, ResolvedSetup} from './options/resolve.js';
import {planLingering, type SetupPlan} from './plan/build.js';
import type {PlanWriter} from './plan/writer.js';
import {initEnding} from './process/failure.js';
import type {NamespacedProcess} from './process/namespaced-process.js';
import {LoneOwner, type Owner} from './process/owner.js';
import type {OwnerKind} from './process/start.js';
import {SandboxCommands} from './sandbox/commands.js';

/** One command, and the workers that are started in its namespaces when it has ended. */
export class Lingering implements OwnerKind {
  readonly plan = planLingering;
  #nsinit: Nsinit | undefined;
  #workers: SandboxCommands | undefined;

  owner(plan: SetupPlan, targets: readonly number[], setup: ResolvedSetup): Owner {
    const owner = new LoneOwner(plan, targets);
    const {endsWithCommand} = owner;
    return {
      endsWithCommand,
      launch: (writer: PlanWriter, sources: readonly number[], events: () => LaunchEvents) => {
        const nsinit = owner.launch(writer, sources, () => this.#events(events()));
        if (nsinit instanceof Nsinit) {
          this.#nsinit = nsinit;
          // The command itself has the id 1.
          this.#workers = new SandboxCommands(nsinit, setup, plan.steps, 2);
        }
        return nsinit;
      },
      killAll: nsinit => owner.killAll(nsinit),
      endInit: nsinit => owner.endInit(nsinit),
    };
  }

  /** Starts a process that is no command of the user's. */
  startWorker(process: ResolvedProcess): NamespacedProcess {
    if (this.#workers === undefined) throw initEnding();
    return this.#workers.startResolved(process);
  }

  /** Ends nsinit. */
  release(): void {
    this.#nsinit?.kill();
  }

  /** Passes the events of a worker on to it, and all others to the command. */
  #events(command: LaunchEvents): LaunchEvents {
    const workers = this.#workers;
    if (workers === undefined) return command;
    const of = (id: number): Pick<LaunchEvents, 'spawned' | 'exited' | 'failed'> => (id > 1 ? workers : command);
    return {
      spawned: (id, spawned) => of(id).spawned(id, spawned),
      exited: (id, exited) => of(id).exited(id, exited),
      failed: (id, failure) => of(id).failed(id, failure),
      stopped: (id, signal) => command.stopped?.(id, signal),
      unkillable: failure => command.unkillable?.(failure),
      ended: (end, reason) => {
        workers.ended(end, initEnding);
        command.ended(end, reason);
      },
    };
  }
}
