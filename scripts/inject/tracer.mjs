// A tracer that runs a scenario, in which one system call after another fails.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';

const tracer = fileURLToPath(new URL('../../.cache/inject/tracer', import.meta.url));
const program = fileURLToPath(new URL('scenario.mjs', import.meta.url));
// A Node that prints nothing for this time hangs, because its own time limits are shorter.
const patienceMs = 30_000;

/** A running tracer. The result of each run is what the scenario has printed, how often the call has failed, and the recorded calls. */
export class Tracer {
  #child;
  #hits = [];
  #results = [];
  #calls = [];
  #left = [];
  #changed = Promise.withResolvers?.() ?? withResolvers();
  #isOver = false;

  constructor(scenario) {
    this.#child = spawn(tracer, [process.execPath, program, scenario], {stdio: ['pipe', 'pipe', 'inherit', 'pipe']});
    const {stdin, stdout, stdio} = this.#child;
    stdin.on('error', () => {}); // the tracer has ended
    createInterface({input: stdout}).on('line', line => this.#read(line));
    createInterface({input: stdio[3]}).on('line', line => {
      this.#results.push(JSON.parse(line));
      this.#change();
    });
    this.closed = once(this.#child, 'close').then(() => {
      this.#isOver = true;
      this.#change();
    });
  }

  #read(line) {
    const [kind, ...rest] = line.split(' ');
    if (kind === 'end') this.#hits.push(Number(rest[0]));
    else if (kind === 'call') this.#calls.push(rest);
    else if (kind === 'left') this.#left.push(rest.join(' '));
    this.#change();
  }

  #change() {
    const changed = this.#changed;
    this.#changed = withResolvers();
    changed.resolve();
  }

  /** Runs the scenario once with the fault of `line`. Returns undefined if Node has ended or hangs. */
  async next(line) {
    this.#calls = [];
    this.#left = [];
    this.#child.stdin.write(`${line}\n`);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    while (!this.#isOver && (this.#hits.length === 0 || this.#results.length === 0)) await this.#changed.promise;
    clearTimeout(timer);
    const result = this.#results.shift();
    const hits = this.#hits.shift() ?? 0;
    return (
      result && {...result, hits, calls: this.#calls, processes: result.left.length > 0 ? this.#left.slice(-4) : []}
    );
  }

  async end() {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs);
    await this.closed;
    clearTimeout(timer);
  }
}

function withResolvers() {
  let resolve;
  const promise = new Promise(settle => {
    resolve = settle;
  });
  return {promise, resolve};
}
