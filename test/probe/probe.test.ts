// probe() and `namespawn probe` on this machine.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {type ProbeReport, probe, runInNamespace, spawnInNamespace} from 'namespawn';
import {isRoot} from '../helpers/requirements.js';

const main = fileURLToPath(import.meta.resolve('namespawn')).replace(/index\.js$/, 'cli/main.js');

test('the report contains every type, combination and feature', async () => {
  const report = await probe();
  assert.deepEqual(Object.keys(report.namespaces), ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']);
  assert.equal(report.works, report.combinations[0]!.works);
  assert.equal(report.caller.uid, process.geteuid!());
  for (const name of [
    'clone3',
    'CLONE_INTO_CGROUP',
    'close_range',
    'PIDFD_GET_INFO',
    'NS_GET_PID_IN_PIDNS',
    'F_SEAL_EXEC',
  ]) {
    assert.ok(
      report.features.some(feature => feature.name === name),
      name,
    );
  }
});

test('what probe reports as working works', async () => {
  const {namespaces} = await probe();
  for (const [type, {works}] of Object.entries(namespaces)) {
    const child = spawnInNamespace('true', {namespaces: [type as 'pid']});
    const failure = new Promise(resolve => {
      child.once('error', () => resolve(false));
      child.once('spawn', () => resolve(true));
    });
    assert.equal(await failure, works, type);
  }
});

test('what does not work has an errno, a cause and advice', async () => {
  const {namespaces, combinations, untrusted, features} = await probe();
  for (const result of [...Object.values(namespaces), ...combinations, ...untrusted, ...features]) {
    if (result.works) continue;
    assert.match(result.code!, /^E[A-Z0-9]+$/);
    assert.ok(result.errno! < 0);
    assert.ok(result.why && result.advice, result.name);
  }
});

test('the section for untrusted code names the part that is missing', async () => {
  const {untrusted: all} = await probe();
  assert.deepEqual([all[0]!.name, all[0]!.works], ['untrusted()', true]);
  // A Node whose hard limit for core files is 0, which only real root may raise.
  const maps = [0, 65_534].map(id => ({containerId: id, hostId: id, size: 1}));
  const inside = await runInNamespace(process.execPath, [main, 'probe', '--json'], {
    namespaces: ['user'],
    ...(isRoot ? {uidMap: maps, gidMap: maps} : {}),
    rlimits: {core: 0},
    reject: false,
  });
  const {untrusted: parts} = JSON.parse(inside.stdout) as ProbeReport;
  const missing = parts.filter(({works}) => !works).map(({name}) => name);
  assert.ok(missing.includes('untrusted()') && missing.includes('no core dumps'), missing.join());
  assert.ok(!missing.includes('the filter of system calls'));
});

test('namespawn probe prints the same report, as text and as JSON', async () => {
  const report = await probe();
  const json = spawnSync(process.execPath, [main, 'probe', '--json'], {encoding: 'utf8'});
  assert.deepEqual(JSON.parse(json.stdout), JSON.parse(JSON.stringify(report)));
  assert.equal(json.status, report.works ? 0 : 1);
  const text = spawnSync(process.execPath, [main, 'probe'], {encoding: 'utf8'}).stdout;
  for (const {name, why, advice} of [...report.combinations, ...report.untrusted, ...report.features]) {
    for (const part of [name, why, advice]) if (part !== undefined) assert.ok(text.includes(part), part);
  }
});
