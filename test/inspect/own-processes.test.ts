import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {after, before, test} from 'node:test';
import {
  createSandbox,
  getNamespacePids,
  listProcesses,
  type NamespacedProcess,
  namespaceIds,
  namespaceLimits,
  namespacesOf,
  openNamespace,
  PidTranslator,
  spawnInNamespace,
  toHostPid,
  toNamespacePid,
} from 'namespawn';
import {unshareOptions} from '../helpers/namespaces.js';

let child: NamespacedProcess;
before(async () => {
  child = spawnInNamespace('sleep', ['600'], {stdio: 'ignore'});
  await once(child, 'spawn');
});
after(async () => {
  child.kill('SIGKILL');
  await once(child, 'close');
});

test('a NamespacedProcess can be a source and a target', () => {
  const inside = namespaceIds(child.hostPid!);
  assert.deepEqual(namespaceIds(child), inside);
  using pid = openNamespace(child, 'pid');
  assert.equal(pid.id, inside.pid);
  for (const handle of Object.values(namespacesOf(child))) {
    assert.equal(handle.id, inside[handle.type]);
    handle.close();
  }
  assert.equal(toNamespacePid(child.hostPid!, child), child.namespacePid);
  assert.equal(toNamespacePid(child.pid!, child), 1);
  assert.equal(toHostPid(child.namespacePid!, child), child.hostPid);
  assert.deepEqual(getNamespacePids(child.hostPid!), [child.hostPid, child.namespacePid]);
  using translator = new PidTranslator({to: child});
  assert.equal(translator.translateBack(1), child.pid);
  assert.deepEqual(
    listProcesses(child).map(({pid, namespacePid}) => [pid, namespacePid]),
    [
      [child.pid, 1],
      [child.hostPid, child.namespacePid],
    ],
  );
  assert.equal(namespaceLimits(child).pidDepth, 1);
});

test('a Sandbox can be a source and a target', async () => {
  await using sandbox = await createSandbox();
  using pid = openNamespace(sandbox, 'pid');
  assert.equal(pid.id, namespaceIds(sandbox.pid!).pid);
  assert.equal(toNamespacePid(sandbox.pid!, sandbox), 1);
  assert.deepEqual(
    listProcesses(sandbox).map(({namespacePid}) => namespacePid),
    [1],
  );
});

test('a NamespacedProcess that was not spawned is refused as a source', async () => {
  const failed = spawnInNamespace('sleep', ['600'], {cwd: '/nowhere'});
  await once(failed, 'error');
  assert.equal(failed.pid, undefined);
  assert.throws(() => openNamespace(failed, 'pid'), {code: 'ERR_INVALID_ARG_VALUE', message: /was not spawned/});
});

test('the error of a spawn names the depth of nesting if that is the cause', () => {
  const script = `
    import {namespaceLimits, spawnInNamespace} from 'namespawn';
    spawnInNamespace('true').on('error', ({code, hint, step}) => console.log(JSON.stringify({code, hint, step})));`;
  const nest = ['unshare', ...unshareOptions, '--fork', '--pid'];
  const command = Array.from({length: 32}, () => nest).flat();
  const {stdout, stderr} = spawnSync(
    command[0]!,
    [...command.slice(1), process.execPath, '--input-type=module', '-e', script],
    {encoding: 'utf8'},
  );
  assert.match(stdout, /^\{/, stderr);
  const error = JSON.parse(stdout);
  assert.equal(error.code, 'ENOSPC');
  assert.equal(error.step, 'namespaces');
  assert.match(error.hint, /PID namespaces .*32 deep/);
});
