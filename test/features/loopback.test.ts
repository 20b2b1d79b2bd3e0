// The option `loopback`.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {runInNamespace} from 'namespawn';
import {shell} from '../helpers/shell.js';

test('the loopback interface is up, and is the only interface', async () => {
  const text = await shell('cat /proc/net/dev', {namespaces: ['net', 'pid', 'mnt']});
  assert.deepEqual(
    text
      .split('\n')
      .slice(2)
      .map(line => line.split(':')[0]?.trim()),
    ['lo'],
  );
  // With the interface down there is no local route, and connect(2) fails with ENETUNREACH instead.
  const script = `require('net').connect(9, '127.0.0.1').on('error', error => console.log(error.code))`;
  const connect = async (loopback: boolean): Promise<string> =>
    (await runInNamespace(process.execPath, ['-e', script], {namespaces: ['net'], loopback})).stdout;
  assert.equal(await connect(true), 'ECONNREFUSED\n');
  assert.equal(await connect(false), 'ENETUNREACH\n');
});
