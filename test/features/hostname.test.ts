// The options `hostname` and `domainname`.
import assert from 'node:assert/strict';
import {hostname} from 'node:os';
import {test} from 'node:test';
import {shell} from '../helpers/shell.js';

test('hostname and domainname are set only inside', async () => {
  const before = hostname();
  const script = 'cat /proc/sys/kernel/hostname /proc/sys/kernel/domainname';
  assert.equal(await shell(script, {namespaces: ['uts'], hostname: 'inside', domainname: 'domain'}), 'inside\ndomain');
  assert.equal(hostname(), before);
});

test('a name may have 64 bytes, in any script', async () => {
  const name = `${'ä'.repeat(31)}xy`;
  assert.equal(Buffer.byteLength(name), 64);
  assert.equal(await shell('hostname', {namespaces: ['uts'], hostname: name}), name);
});
