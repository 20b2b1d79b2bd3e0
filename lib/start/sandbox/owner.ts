// The nsinit of a sandbox, as one of its commands uses it.

import {SIGKILL} from '../../shared/kernel.js';
import type {Failure} from '../channel/launch-events.js';
import type {Nsinit} from '../channel/nsinit.js';
import type {PlanWriter} from '../plan/writer.js';
import type {Owner} from '../process/owner.js';

/** The owner of an nsinit that has any number of commands. */
export class SandboxOwner implements Owner {
  readonly endsWithCommand = false;
  readonly #nsinit: Nsinit;
  readonly #stuck = new Map<number, string>();

  constructor(nsinit: Nsinit) {
    this.#nsinit = nsinit;
  }

  launch(writer: PlanWriter, sources: readonly number[]): Nsinit | Failure {
    return this.#nsinit.spawn(writer, sources) ?? this.#nsinit;
  }

  killAll(nsinit: Nsinit, command: number): boolean {
    // The process group comes first: once the command has ended, nsinit does not know its group either.
    nsinit.signal(command, SIGKILL, 'GROUP');
    return nsinit.signal(command, SIGKILL) === 0;
  }

  endInit(nsinit: Nsinit, command: number, file: string): boolean {
    this.#stuck.set(command, file);
    nsinit.kill();
    return true;
  }

  /** Whether nsinit was to be ended because of this command. */
  isStuck(command: number): boolean {
    return this.#stuck.has(command);
  }

  /** The name of the first command that was killed and did not end, so that nsinit was to be ended. */
  get firstStuck(): string | undefined {
    return this.#stuck.values().next().value;
  }
}
