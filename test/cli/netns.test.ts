// namespawn netns, beside ip(8).
import assert from 'node:assert/strict';
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {unlinkSync, writeFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {describe, test} from 'node:test';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {needsProgram, needsRoot} from '../helpers/requirements.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = (...args: string[]): string =>
  execFileSync(process.execPath, [main, 'netns', ...args], {encoding: 'utf8'}).trim();
const ip = (...args: string[]): string => execFileSync('ip', ['netns', ...args], {encoding: 'utf8'}).trim();
const name = `namespawn-test-cli-${process.pid}`;

describe('namespawn netns', {skip: needsRoot() || needsProgram('ip')}, () => {
  test('prints what ip netns prints', () => {
    run('add', name);
    try {
      run('set', name, '32000');
      assert.equal(run('list'), ip('list'));
      assert.equal(run(), ip());
      assert.deepEqual(run('list-id').split('\n').sort(), ip('list-id').split('\n').sort());
      assert.equal(run('list-id', 'nsid', '32000'), `nsid 32000 (iproute2 netns name: ${name})`);
      assert.equal(run('exec', name, 'sh', '-c', 'ip netns identify $$'), name);
      assert.equal(run('exec', name, 'ls', '/sys/class/net'), 'lo');
      assert.equal(run('pids', name), '');
      const {status} = spawnSync(process.execPath, [main, 'netns', 'exec', name, 'sh', '-c', 'exit 7']);
      assert.equal(status, 7);
    } finally {
      run('delete', name);
    }
    assert.ok(!ip('list').includes(name));
  });

  test('attach, identify, all names at once, and ids that another one knows, as ip netns', () => {
    // Names of its own: those of the machine are not to be deleted.
    const script = `
      mount -t tmpfs none /run
      ours add one; ip netns add two; ours set one 5; ours set two 6; ip -n one netns set two 7
      ip netns exec one sleep 1000 & pid=$!
      until [ "$(ip netns pids one)" = $pid ]; do sleep 0.05; done
      ours attach three $pid; ip netns attach four $pid
      echo identify; ours identify $pid | sort | tr '\\n' ' '; ours identify; echo; [ "$(ours pids four)" = $pid ]
      ours list | sort >/run/ours; ip netns list | sort | cmp /run/ours -
      kill $pid
      for words in 'list-id target-nsid 5' 'list-id nsid 6'; do
        echo "$words"; ours $words >/run/ours; ip netns $words >/run/ip; cmp /run/ours /run/ip && cat /run/ours
      done
      # ip-netns(8) takes the names as they come, and namespawn in their order.
      echo exec; ours exec -a readlink /proc/self/ns/net >/run/ours; grep netns: /run/ours | tr '\\n' ' '; sort /run/ours >/run/sorted
      ip -all netns exec readlink /proc/self/ns/net | sort | cmp /run/sorted -
      ours add five; ours set five auto; ours list | grep -c 'five (id: '
      echo delete; ours delete -a; ours; ip netns`;
    const ours = `ours() { ${process.execPath} ${main} netns "$@"; }`;
    const {stdout, stderr} = spawnSync('unshare', ['--mount', 'sh', '-c', `${ours}; ${script}`], {encoding: 'utf8'});
    assert.equal(stderr, '');
    const expected = [
      'identify',
      'four one three ',
      'list-id target-nsid 5',
      'nsid 7 current-nsid 6 (iproute2 netns name: two)',
      'list-id nsid 6',
      'nsid 6 (iproute2 netns name: two)',
      'exec',
      'netns: four netns: one netns: three netns: two 1',
      'delete',
    ];
    assert.deepEqual(stdout.trim().split('\n'), expected);
  });

  test('monitor', async () => {
    const child = spawn(process.execPath, [main, 'netns', 'monitor'], {stdio: ['ignore', 'pipe', 'inherit']});
    const lines = createInterface({input: child.stdout});
    const seen: string[] = [];
    // It is ready when it reports a name, of which there are as many as it takes.
    let isReady = false;
    const ready = once(lines, 'line').then(() => {
      isReady = true;
    });
    while (!isReady) {
      writeFileSync(`/run/netns/${name}-0`, '');
      unlinkSync(`/run/netns/${name}-0`);
      await Promise.race([ready, delay(20)]);
    }
    lines.on('line', line => seen.push(line));
    ip('add', name);
    ip('delete', name);
    for await (const line of lines) if (line === `delete ${name}`) break;
    assert.ok(seen.includes(`add ${name}`));
    assert.equal(child.exitCode, null);
    child.kill();
    await once(child, 'close');
  });

  test('errors are one line', () => {
    const {status, stderr} = spawnSync(process.execPath, [main, 'netns', 'delete', `${name}-missing`], {
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /^namespawn: ENOENT: .*no network namespace has this name.*\n$/);
  });
});
