// Writes the operations of features into a plan, and records the step of each.
import type {CommandOperations, Operations, SetupOperations, Step, Triple} from '../../features/feature.js';
import {native} from '../../shared/native.js';
import type {PlanWriter} from './writer.js';

class OperationWriter implements Operations {
  /** The step of each operation, by its index. */
  readonly steps: Step[] = [];
  readonly #writer: PlanWriter;
  readonly #codes = native().protocol.operations;

  constructor(writer: PlanWriter) {
    this.#writer = writer;
  }

  add(step: Step, name: string, numbers?: Triple, texts?: string | Buffer): void {
    this.steps.push(step);
    this.#writer.operation(this.#codes[name]!, numbers, texts);
  }

  addList(step: Step, name: string, numbers: Triple, list: ArrayLike<number>): void {
    this.steps.push(step);
    this.#writer.operationWithList(this.#codes[name]!, numbers, list);
  }
}

/** The operations of a set-up. */
export class SetupOperationWriter extends OperationWriter implements SetupOperations {
  flags = 0;
  readonly #bits = native().protocol.setupFlags;
  forwarded: number | bigint = 0;
  maps: SetupOperations['maps'];

  /** The steps that Node carries out. */
  readonly notes: Step[] = [];

  note(step: Step): void {
    this.notes.push(step);
  }

  setFlag(name: string): void {
    this.flags |= this.#bits[name]!;
  }
}

/** The operations of a command. */
export class CommandOperationWriter extends OperationWriter implements CommandOperations {
  pid = 0;
}
