// The commands of a sandbox that have not ended.
import type {InitEnd} from '../channel/init-end.js';
import type {Exited, Failure, Spawned} from '../channel/launch-events.js';
import type {Nsinit} from '../channel/nsinit.js';
import {type ResolvedProcess, type ResolvedSetup, resolveProcess} from '../options/resolve.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import type {Step} from '../plan/writer.js';
import {launchEvents, type NamespacedProcess} from '../process/namespaced-process.js';
import {start} from '../process/start.js';
import {SandboxOwner} from './owner.js';

/** Starts commands in one nsinit, and passes its events on to them. */
export class SandboxCommands {
  readonly #setup: ResolvedSetup;
  readonly #steps: readonly Step[];
  readonly #owner: SandboxOwner;
  readonly #children = new Map<number, NamespacedProcess>();
  #nextId: number;

  /** @param steps - the step of each operation of the set-up */
  constructor(nsinit: Nsinit, setup: ResolvedSetup, steps: readonly Step[], firstId = 1) {
    this.#nextId = firstId;
    this.#owner = new SandboxOwner(nsinit);
    this.#setup = setup;
    this.#steps = steps;
  }

  /** The name of the first command that was killed and did not end, so that nsinit was to be ended. */
  get firstStuck(): string | undefined {
    return this.#owner.firstStuck;
  }

  start(file: string, args: readonly string[], options: ProcessOptions): NamespacedProcess {
    return this.startResolved(resolveProcess(file, args, options));
  }

  startResolved(process: ResolvedProcess): NamespacedProcess {
    const id = this.#nextId++;
    const child = start({
      setup: this.#setup,
      process,
      before: undefined,
      setupSteps: this.#steps,
      id,
      owner: this.#owner,
      refusal: undefined,
    });
    if (child.pid !== undefined) this.#children.set(id, child);
    return child;
  }

  spawned(id: number, spawned: Spawned): void {
    this.#children.get(id)?.[launchEvents].spawned(id, spawned);
  }

  exited(id: number, exited: Exited): void {
    this.#take(id)?.[launchEvents].exited(id, exited);
  }

  stopped(id: number, signal: number): void {
    this.#children.get(id)?.[launchEvents].stopped?.(id, signal);
  }

  failed(id: number, failure: Failure): void {
    this.#take(id)?.[launchEvents].failed(id, failure);
  }

  /** The kernel has refused every way to end nsinit. Only commands that nsinit was to be ended for report it. */
  unkillable(failure: Failure): void {
    for (const [id, child] of this.#children) {
      if (this.#owner.isStuck(id)) process.nextTick(() => child[launchEvents].unkillable?.(failure));
    }
  }

  /** @param reason - returns a new error that says why nsinit has ended */
  ended(end: InitEnd, reason: () => Error): void {
    const pending = [...this.#children.values()];
    this.#children.clear();
    // Each in a separate tick, because a listener that throws must not prevent the events of the other commands.
    for (const child of pending) process.nextTick(() => child[launchEvents].ended(end, reason()));
  }

  #take(id: number): NamespacedProcess | undefined {
    const child = this.#children.get(id);
    this.#children.delete(id);
    return child;
  }
}
