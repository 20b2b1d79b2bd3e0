// The end of the program that spawns: it receives all events before, and later ones do no harm.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';

function run(script: string): {status: number | null; stdout: string; stderr: string} {
  const program = `import {spawnInNamespace} from 'namespawn';\n${script}`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
}

test("the event loop stays alive until 'close', which comes after the end of nsinit", () => {
  // The kernel needs some time to end a net namespace.
  const script = `const namespaces = ['pid', 'mnt', 'net', 'ipc', 'uts', 'user'];
    for (let i = 0; i < 10; i++) {
      const child = spawnInNamespace('true', [], {namespaces, stdio: 'ignore'});
      await new Promise(resolve => child.once('close', resolve));
    }
    console.log('all closed');`;
  const {status, stdout, stderr} = run(script);
  assert.deepEqual([status, stdout], [0, 'all closed\n'], stderr);
});

test('an event that arrives while the program ends does no harm', () => {
  // The events have arrived when the event loop ends without delivering them, because nothing keeps it alive.
  const script = `for (let i = 0; i < 10; i++) spawnInNamespace('true', [], {stdio: 'ignore'}).unref();
    const until = Date.now() + 200;
    while (Date.now() < until);`;
  const {status, stderr} = run(script);
  assert.deepEqual([status, stderr], [0, '']);
});

test('an error that a listener throws is an uncaught exception', () => {
  const {status, stderr} = run(`spawnInNamespace('true').on('exit', () => { throw new Error('from a listener'); });`);
  assert.equal(status, 1);
  assert.match(stderr, /Error: from a listener/);
});
