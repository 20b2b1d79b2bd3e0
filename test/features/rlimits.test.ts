// The option `rlimits`.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {type ResourceName, runInNamespace} from 'namespawn';
import {shell} from '../helpers/shell.js';

test('a number sets both limits, and an object sets each', async () => {
  const script = 'ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc; ulimit -Ss';
  const rlimits = {nofile: {soft: 100, hard: 200}, core: 0, stack: {soft: 4096 * 1024, hard: 8192 * 1024}};
  assert.equal(await shell(script, {rlimits}), '100\n200\n0\n0\n4096');
});

test('Infinity stands for no limit', async () => {
  assert.equal(await shell('ulimit -t', {rlimits: {cpu: Infinity}}), 'unlimited');
});

test('limits apply to the command, and not to Node', async () => {
  const before = readFileSync('/proc/self/limits', 'utf8');
  const {signal} = await runInNamespace('sh', ['-c', 'while :; do :; done'], {rlimits: {cpu: 1}, reject: false});
  assert.equal(signal, 'SIGKILL');
  assert.equal(readFileSync('/proc/self/limits', 'utf8'), before);
});

// The names in /proc/PID/limits, which differ from those of the constants.
const titles: Record<ResourceName, string> = {
  as: 'address space',
  core: 'core file size',
  cpu: 'cpu time',
  data: 'data size',
  fsize: 'file size',
  locks: 'file locks',
  memlock: 'locked memory',
  msgqueue: 'msgqueue size',
  nice: 'nice priority',
  nofile: 'open files',
  nproc: 'processes',
  rss: 'resident set',
  rtprio: 'realtime priority',
  rttime: 'realtime timeout',
  sigpending: 'pending signals',
  stack: 'stack size',
};

test('every resource of the kernel has a name', async () => {
  const ours = readFileSync('/proc/self/limits', 'utf8');
  const limits = Object.entries(titles).map(([name, title]): [string, number] => {
    // Lowering a limit needs no privilege; raising it does.
    const [, hard] = new RegExp(`^Max ${title} +\\S+ +(\\S+)`, 'm').exec(ours)!;
    return [name, hard === 'unlimited' ? 2 ** 32 : Number(hard) - (name === 'nproc' ? 1 : 0)];
  });
  const text = await shell('cat /proc/self/limits', {rlimits: Object.fromEntries(limits)});
  for (const [name, limit] of limits) {
    assert.match(text, new RegExp(`^Max ${titles[name as ResourceName]} +${limit} +${limit} `, 'm'));
  }
});
