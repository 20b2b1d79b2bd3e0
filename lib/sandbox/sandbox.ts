// A sandbox: namespaces made once, with nsinit waiting in them for commands.
import {EventEmitter} from 'node:events';
import {hold, release} from '../channel/events.js';
import {type Ended, type Failure, Launch, type LaunchEvents, type NamespaceIds} from '../channel/launch.js';
import {invalidArgValue, NamespaceError} from '../errors.js';
import type {InitOptions} from '../features/init.js';
import {forkCall, type SandboxForkOptions} from '../fork.js';
import {listProcesses, type ProcessInfo} from '../inspect/list-processes.js';
import {native} from '../native.js';
import {callForm} from '../options/command.js';
import {own} from '../options/own.js';
import {type ResolvedSetup, resolveProcess, resolveSetup} from '../options/resolve.js';
import type {ProcessOptions} from '../options/spawn-options.js';
import {planSandbox} from '../plan/build.js';
import {PlanWriter, type Step} from '../plan/writer.js';
import {limit, resolveKill} from '../process/deadline.js';
import {describeEnd, errorOf, initBroken, initEnded, initEnding} from '../process/failure.js';
import {deliver, type NamespacedProcess} from '../process/namespaced-process.js';
import {start} from '../process/start.js';
import {type RunOptions, type RunPromise, runCommand} from '../run.js';
import {maxGraceMs, signalName, signalNumber, validateInteger, validateObject} from '../validate.js';
import type {CloseOptions, SandboxOptions} from './options.js';

/** Options of {@link Sandbox.run}. */
export type SandboxRunOptions = ProcessOptions & Pick<RunOptions, 'encoding' | 'input' | 'maxBuffer' | 'reject'>;

const CLD_EXITED = 1;
const SIGKILL = 9;
// How much later than the grace time an nsinit must have ended by itself.
const stoppedInitMs = 1000;

function setupError(failure: Failure, {namespaces}: ResolvedSetup, setup: readonly Step[]): Error {
  const line = {file: 'nsinit', argv: ['nsinit'], namespaces};
  return errorOf(failure, {setup, command: [], clone: {step: 'namespaces'}}, line);
}

/**
 * Namespaces with an init of their own, in which any number of commands run, one after another or at once. Emits 'exit' with
 * nsinit's exit code and signal when it is gone, and with it every process.
 */
export class Sandbox extends EventEmitter {
  /** nsinit's PID, in the caller's PID namespace. */
  readonly pid: number;
  /** The ids (inode numbers, as under /proc/PID/ns) of the namespaces that were made for it, by type. */
  readonly namespaces: Readonly<NamespaceIds>;

  readonly #launch: Launch;
  readonly #setup: ResolvedSetup;
  readonly #steps: readonly Step[];
  readonly #commands = new Map<number, NamespacedProcess>();
  readonly #questions = new Map<number, (answer: number) => void>();
  #nextId = 1;
  #nextQuestion = 1;
  #isReferenced = true;
  #isClosing = false;
  #failure: Error | undefined;
  // The command that was killed and did not end.
  #endedFor: string | undefined;
  // Told where the kernel refuses every way to end nsinit.
  readonly #closing = new Set<(error: Error) => void>();
  #ended: {code: number | null; signal: NodeJS.Signals | null} | undefined;

  /** @internal Made by createSandbox. */
  constructor(launch: Launch, setup: ResolvedSetup, steps: readonly Step[], namespaces: NamespaceIds) {
    super();
    this.pid = launch.pid;
    this.namespaces = namespaces;
    this.#launch = launch;
    this.#setup = setup;
    this.#steps = steps;
    hold();
  }

  /** Whether nsinit is gone. */
  get closed(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Starts a command in the sandbox. As for child_process.spawn, errors are 'error' events; where nsinit dies first, too. `pid` of the
   * answer is nsinit's, `hostPid` the command's from 'spawn' on. Its 'close' does not wait for what it leaves running.
   *
   * @throws for bad arguments as spawnInNamespace does; NamespaceError ESRCH where the sandbox is gone, or is being closed
   */
  spawn(command: string, args?: readonly string[] | null, options?: ProcessOptions): NamespacedProcess;
  spawn(command: string, options?: ProcessOptions): NamespacedProcess;
  spawn(command: string, args?: unknown, options?: unknown): NamespacedProcess {
    const call = callForm<ProcessOptions>(command, args, options);
    const kill = resolveKill(call.options);
    const child = this.#start(call.file, call.args, call.options);
    limit(child, kill);
    return child;
  }

  /**
   * Runs a Node module in the sandbox, with an IPC channel: forkInNamespace for a sandbox.
   *
   * @throws as {@link spawn} does
   */
  fork(modulePath: string | URL, args?: readonly string[] | null, options?: SandboxForkOptions): NamespacedProcess;
  fork(modulePath: string | URL, options?: SandboxForkOptions): NamespacedProcess;
  fork(modulePath: string | URL, args?: unknown, options?: unknown): NamespacedProcess {
    const call = forkCall(modulePath, args, options);
    return this.spawn(call.file, call.args, call.options);
  }

  /**
   * Runs a command in the sandbox to its end and collects its output: runInNamespace for a sandbox. `maxBuffer` kills the
   * command's process group.
   *
   * @throws and rejects as runInNamespace and {@link spawn} do
   */
  run(
    command: string,
    args: readonly string[] | null | undefined,
    options: SandboxRunOptions & {encoding: 'buffer'},
  ): RunPromise<Buffer>;
  run(command: string, options: SandboxRunOptions & {encoding: 'buffer'}): RunPromise<Buffer>;
  run(command: string, args?: readonly string[] | null, options?: SandboxRunOptions): RunPromise;
  run(command: string, options?: SandboxRunOptions): RunPromise;
  run(command: string, args?: unknown, options?: unknown): RunPromise | RunPromise<Buffer> {
    const call = callForm<RunOptions>(command, args, options);
    const startIt = ({file, args: words, options: given}: typeof call): NamespacedProcess =>
      this.#start(file, words, given);
    return runCommand(call, startIt, true) as RunPromise;
  }

  /**
   * Every process of the sandbox, nsinit included, as {@link listProcesses} shows it.
   *
   * @throws NamespaceError ESRCH where the sandbox is gone
   */
  processes(): ProcessInfo[] {
    this.#check();
    if (this.#setup.namespaces.has('pid')) return listProcesses(this);
    // Without a PID namespace it is whatever descends from nsinit.
    const members = new Set([this.pid]);
    const all = listProcesses();
    for (let size = 0; size !== members.size; ) {
      size = members.size;
      for (const {pid, ppid} of all) if (members.has(ppid)) members.add(pid);
    }
    return all.filter(({pid}) => members.has(pid));
  }

  /** The PID that the PID namespace gave out last: the file ns_last_pid. */
  lastPid(): Promise<number>;
  /**
   * Sets it, so that the next process gets the PID behind it. Needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE over the PID namespace,
   * and a /proc inside.
   */
  lastPid(pid: number): Promise<number>;
  async lastPid(pid?: number): Promise<number> {
    if (pid !== undefined) validateInteger(pid, 'pid', 1, 4194304);
    this.#check();
    const question = this.#nextQuestion++;
    const answer = await new Promise<number>(resolve => {
      this.#questions.set(question, resolve);
      const error = this.#launch.askLastPid(question, pid);
      if (error < 0) resolve(error);
    });
    if (answer < 0) throw new NamespaceError({errno: answer, step: 'lastPid', path: '/proc/sys/kernel/ns_last_pid'});
    return answer;
  }

  /**
   * Ends every process and the namespaces. With a grace time they get a signal first, and as long to end by themselves. No further
   * command starts meanwhile.
   *
   * @returns whether SIGKILL was needed
   */
  async close(options?: CloseOptions): Promise<{isForcefullyTerminated: boolean}> {
    const {signal, graceMs: given} = own(options);
    const graceMs = given ?? 0;
    validateInteger(graceMs, 'options.graceMs', 0, maxGraceMs);
    const number = signalNumber(signal ?? 'SIGTERM');
    if (this.#ended === undefined) {
      this.#isClosing = true;
      await this.#end(number, graceMs);
    }
    const {code, signal: endedBy} = this.#ended!;
    return {isForcefullyTerminated: endedBy !== null || code === native().protocol.exits.FORCED};
  }

  async #end(signal: number, graceMs: number): Promise<void> {
    // nsinit keeps the time. One that cannot be asked, or that a hostile root inside has stopped with ptrace, does not.
    const isAsked = graceMs > 0 && this.#launch.shutDown(signal, graceMs) === 0;
    const kill = (): unknown => this.#launch.kill();
    if (!isAsked) kill();
    const timer = isAsked ? setTimeout(kill, Math.min(graceMs + stoppedInitMs, maxGraceMs)).unref() : undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#closing.add(reject);
        this.once('exit', () => {
          this.#closing.delete(reject);
          resolve();
        });
      });
    } finally {
      clearTimeout(timer);
    }
  }

  /** Keeps the event loop alive until the sandbox is closed. The default. */
  ref(): void {
    if (this.#isReferenced || this.closed) return;
    this.#isReferenced = true;
    hold();
  }

  /** Lets the program end; the sandbox ends with it, unless `dieWithParent` is false. */
  unref(): void {
    if (!this.#isReferenced) return;
    this.#isReferenced = false;
    release();
  }

  /** Ends every process and the namespaces, and waits until they are gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @internal */
  readonly [deliver]: LaunchEvents = {
    spawned: (id, spawned) => this.#commands.get(id)?.[deliver].spawned(id, spawned),
    exited: (id, exited) => this.#take(id)?.[deliver].exited(id, exited),
    failed: (id, failure) => {
      if (id === 0) this.#failure = this.#toError(failure);
      else this.#take(id)?.[deliver].failed(id, failure);
    },
    unkillable: failure => this.#onUnkillable(failure),
    lastPid: (question, answer) => {
      this.#questions.get(question)?.(answer);
      this.#questions.delete(question);
    },
    ended: ended => this.#onEnded(ended),
  };

  #take(id: number): NamespacedProcess | undefined {
    const child = this.#commands.get(id);
    this.#commands.delete(id);
    return child;
  }

  #check(): void {
    if (this.#ended !== undefined) throw this.#initEnded();
  }

  #initEnded(): NamespaceError {
    if (this.#isClosing) return initEnded('it was closed');
    if (this.#endedFor !== undefined) return initEnded(`'${this.#endedFor}' was killed in it and did not end`);
    return initEnded(this.#failure?.message ?? describeEnd(this.#ended!.signal));
  }

  #toError(failure: Failure): Error {
    return setupError(failure, this.#setup, this.#steps);
  }

  #onUnkillable(failure: Failure): void {
    this.#isClosing = false;
    const error = this.#toError(failure);
    const closing = [...this.#closing];
    this.#closing.clear();
    for (const reject of closing) reject(error);
    for (const child of this.#commands.values()) process.nextTick(() => child[deliver].unkillable?.(failure));
  }

  #start(file: string, args: readonly string[], options: ProcessOptions): NamespacedProcess {
    this.#check();
    if (this.#isClosing) throw initEnding();
    const id = this.#nextId++;
    const child = start({
      setup: this.#setup,
      process: resolveProcess(file, args, options),
      before: undefined,
      setupSteps: this.#steps,
      id,
      sandbox: {
        initEnded: () => this.#initEnded(),
        endFor: command => {
          this.#endedFor ??= command;
          this.#launch.kill();
        },
      },
      launch: (writer, sources) => this.#launch.spawn(writer, sources) ?? this.#launch,
    });
    if (child.pid !== undefined) this.#commands.set(id, child);
    return child;
  }

  #onEnded(ended: Ended): void {
    const {code, status} = ended;
    this.#ended =
      code === CLD_EXITED
        ? {code: status, signal: null}
        : {code: null, signal: signalName(code === 0 ? SIGKILL : status)};
    if (this.#ended.code === native().protocol.exits.BROKEN) this.#failure ??= initBroken();
    this.unref();
    for (const answer of this.#questions.values()) answer(-3);
    const pending = [...this.#commands.values()];
    this.#commands.clear();
    // One by one: what a listener throws must not keep the others from hearing of it.
    for (const child of pending) process.nextTick(() => child[deliver].ended(ended));
    process.nextTick(() => this.emit('exit', this.#ended!.code, this.#ended!.signal));
  }
}

/**
 * Makes namespaces with nsinit waiting in them for commands: a command in a warm sandbox starts in a fraction of the time.
 *
 * Privilege and kernel as for spawnInNamespace.
 *
 * @returns a promise of the sandbox; it rejects with a NamespaceError where the set-up fails, and then nothing is left
 * @throws for bad arguments, by rejection
 */
export async function createSandbox(options?: SandboxOptions): Promise<Sandbox> {
  if (options !== undefined) validateObject(options, 'options');
  options = own<SandboxOptions>(options);
  if (typeof options.init === 'boolean') {
    throw invalidArgValue('options.init', options.init, 'must be an object: a sandbox has an init');
  }
  const {waitForAll} = own<InitOptions>(options.init);
  if (waitForAll) {
    throw invalidArgValue(
      'options.init.waitForAll',
      waitForAll,
      'must be left out: a sandbox stays until it is closed',
    );
  }
  const setup = resolveSetup(options);
  const plan = planSandbox(setup);
  const toError = (failure: Failure): Error => setupError(failure, setup, plan.steps);
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let sandbox: Sandbox | undefined;
    const writer = new PlanWriter();
    writer.append(plan.bytes);
    const launch = Launch.start(writer, plan, [], () => sandbox?.[deliver] ?? settingUp);
    const settingUp: LaunchEvents = {
      ready: namespaces => {
        sandbox = new Sandbox(launch as Launch, setup, plan.steps, namespaces);
        release();
        resolve(sandbox);
      },
      spawned: () => {},
      exited: () => {},
      failed: (_, reported) => {
        failure ??= toError(reported);
      },
      ended: ({code, status}) => {
        release();
        const isBroken = code === CLD_EXITED && status === native().protocol.exits.BROKEN;
        failure ??= isBroken ? initBroken() : initEnded(describeEnd(code === CLD_EXITED ? null : signalName(status)));
        reject(failure);
      },
    };
    if (launch instanceof Launch) hold();
    else reject(toError(launch));
  });
}
