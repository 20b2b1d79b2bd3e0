// The owner of the nsinit of a command: the command itself, or a sandbox.
import type {Keeper} from '../channel/keeper.js';
import type {Failure, LaunchEvents} from '../channel/launch-events.js';
import {Nsinit} from '../channel/nsinit.js';
import type {SetupPlan} from '../plan/build.js';
import type {PlanWriter} from '../plan/writer.js';

/** Starts commands in an nsinit, and ends them. `command` is the id of a command in its nsinit. */
export interface Owner {
  /** Whether nsinit ends with the command. If it does not, 'close' does not wait for nsinit. */
  readonly endsWithCommand: boolean;
  /**
   * Sends the plan of a command.
   * @param sources - the command's descriptors
   * @param events - returns who receives the events of an nsinit that is started for the command
   * @returns nsinit, or why the plan could not be sent
   */
  launch(writer: PlanWriter, sources: readonly number[], events: () => LaunchEvents): Nsinit | Failure;
  /**
   * Sends SIGKILL to the command and to the processes that end with it.
   * @returns whether it was sent
   */
  killAll(nsinit: Nsinit, command: number): boolean;
  /**
   * Ends nsinit, because a command was killed and has not ended.
   * @param file - the name of the command, for the errors of others
   * @returns whether nsinit was still there
   */
  endInit(nsinit: Nsinit, command: number, file: string): boolean;
}

/** The owner of an nsinit that has one command. */
export class LoneOwner implements Owner {
  readonly endsWithCommand = true;
  readonly #plan: SetupPlan;
  readonly #targets: readonly number[];
  readonly #keeper: Keeper | undefined;

  /**
   * @param targets - descriptors of what the set-up joins, and of what it sends
   * @param keeper - keeps the namespaces that it sends
   */
  constructor(plan: SetupPlan, targets: readonly number[], keeper?: Keeper) {
    this.#plan = plan;
    this.#targets = targets;
    this.#keeper = keeper;
  }

  launch(writer: PlanWriter, sources: readonly number[], events: () => LaunchEvents): Nsinit | Failure {
    const descriptors = this.#targets.length === 0 ? sources : [...this.#targets, ...sources];
    return Nsinit.start(writer, this.#plan, descriptors, events, this.#keeper);
  }

  killAll(nsinit: Nsinit): boolean {
    return nsinit.kill() === 0;
  }

  endInit(nsinit: Nsinit): boolean {
    return nsinit.kill() === 0;
  }
}
