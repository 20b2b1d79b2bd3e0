import assert from 'node:assert/strict';
import {test} from 'node:test';

interface Seen {
  commands: string[];
  results: string[];
  console: string[];
  machine: {timedOut: boolean; exitCode: number | null; signal: string | null; complaint: string};
  timeoutMs: number;
  nothingLeft?: boolean;
}
interface Outcome {
  status: number;
  reasons: string[];
  showConsole: boolean;
}

const script: string = new URL('../../scripts/vm/outcome.mjs', import.meta.url).href;
const {judge}: {judge: (seen: Seen) => Outcome} = await import(script);

const well: Seen = {
  commands: ['one', 'two'],
  results: ['started 6.1.0', 'begin one', 'end 0 one', 'begin two', 'end 0 two', 'done'],
  console: ['[    1.2] reboot: Power down'],
  machine: {timedOut: false, exitCode: 0, signal: null, complaint: ''},
  timeoutMs: 5000,
};
const endedIn = (last: string): string[] => well.results.slice(0, well.results.indexOf(last) + 1);

test('a run in which every command succeeded does not fail', () => {
  assert.deepEqual(judge(well), {status: 0, reasons: [], showConsole: false});
});

test('the status is that of the first command that failed, and all of them are named', () => {
  const results = ['begin one', 'end 3 one', 'begin two', 'end 137 two', 'done'];
  assert.deepEqual(judge({...well, results}), {
    status: 3,
    reasons: ['"one" failed with exit status 3', '"two" was ended by signal 9 (exit status 137)'],
    showConsole: false,
  });
});

test('a panic is reported with the command that ran, and those that did not start', () => {
  const outcome = judge({
    ...well,
    results: endedIn('begin one'),
    console: ['[    3.6] Kernel panic - not syncing: sysrq triggered crash', '[    3.7] CPU: 1 PID: 140'],
  });
  assert.equal(outcome.status, 125);
  assert.ok(outcome.showConsole);
  assert.deepEqual(outcome.reasons, [
    'the VM\'s kernel panicked while "one" ran: Kernel panic - not syncing: sysrq triggered crash',
    'never run: "two"',
  ]);
});

test('the out-of-memory killer makes a run fail even if every command has succeeded', () => {
  const outcome = judge({...well, console: ['[ 6.5] Out of memory: Killed process 139 (node) total-vm:1kB']});
  assert.equal(outcome.status, 125);
  assert.match(outcome.reasons.join('\n'), /ran out of memory.*Killed process 139 \(node\)/);
});

test('the limit of a cgroup explains a failure, and is no failure by itself', () => {
  const console = ['[ 6.5] Memory cgroup out of memory: Killed process 139 (node) total-vm:1kB'];
  assert.equal(judge({...well, console}).status, 0);
  const failed = judge({
    ...well,
    console,
    results: ['begin one', 'end 1 one', 'begin two', 'end 0 two', 'done'],
  });
  assert.equal(failed.status, 1);
  assert.match(failed.reasons.join('\n'), /a cgroup's limit was reached: .*Killed process 139 \(node\)/);
});

test('the time limit is reported with the command that ran', () => {
  const machine = {...well.machine, timedOut: true, exitCode: null, signal: 'SIGKILL'};
  const outcome = judge({...well, machine, results: endedIn('begin two')});
  assert.deepEqual(outcome, {
    status: 124,
    reasons: ['the time limit of 5 s passed while "two" ran'],
    showConsole: true,
  });
});

test('processes that a command leaves are a failure only on request', () => {
  const results = ['begin one', 'left 140 S sleep 50', 'end 0 one', 'begin two', 'end 0 two', 'done'];
  assert.equal(judge({...well, results}).status, 0);
  const outcome = judge({...well, results, nothingLeft: true});
  assert.deepEqual([outcome.status, outcome.reasons], [1, ['1 processes were left running']]);
});

test('a machine that ends early, or does not start, is a failure', () => {
  const early = judge({...well, results: endedIn('end 0 two')});
  assert.equal(early.status, 125);
  assert.match(early.reasons.join('\n'), /ended before its commands did \(exit 0\)/);
  const complaint = 'qemu-system-x86_64: could not load kernel';
  const never = judge({...well, results: [], machine: {...well.machine, exitCode: 1, complaint}});
  assert.equal(never.status, 125);
  assert.match(never.reasons.join('\n'), /ended before it was up \(qemu-system-x86_64: could not load kernel\)/);
  assert.match(never.reasons.join('\n'), /never run: "one", "two"/);
});
