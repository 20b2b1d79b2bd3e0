// Uses a part of every function, so that any Node can be run with any build. It prints 'ok', or throws.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {closeSync} from 'node:fs';
import {createRequire} from 'node:module';
import {text} from 'node:stream/consumers';
import {isMainThread, Worker} from 'node:worker_threads';
import {runInNamespace, spawnInNamespace} from 'namespawn';
import * as sys from 'namespawn/sys';

const {stdout, exitCode} = await runInNamespace('sh', ['-c', 'echo $$']);
assert.equal(exitCode, 0);
assert.equal(stdout, '2\n');

const child = spawnInNamespace('sh', ['-c', 'read -r line; echo "$line"; exit 7']);
child.stdin.end('hello\n');
const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
assert.equal(output, 'hello\n');
assert.equal(code, 7);

const {pidfd} = sys.clone({path: '/bin/sh', args: ['sh', '-c', 'exit 3']});
const {status} = await sys.waitid({pidfd});
closeSync(pidfd);
assert.equal(status, 3);

if (isMainThread) {
  assert.equal(createRequire(import.meta.url)('namespawn').spawnInNamespace, spawnInNamespace);
  const [workerCode] = await once(new Worker(new URL(import.meta.url)), 'exit');
  assert.equal(workerCode, 0);
  console.log('ok');
}
