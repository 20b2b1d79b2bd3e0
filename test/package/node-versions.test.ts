// One build works with every version of Node, from the oldest supported one. The versions are installed as npm packages.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {installNode} from '../helpers/node-versions.js';
import {output} from './programs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const permitted = fileURLToPath(new URL('permitted.js', import.meta.url));
const smoke = fileURLToPath(new URL('smoke.js', import.meta.url));

for (const version of ['20.19.0', '22', '24', '26']) {
  test(`the build works with Node ${version}`, async t => {
    const node = await installNode(version);
    if (node === undefined) return t.skip('the package registry cannot be reached');
    const exact = await output(node, ['-p', 'process.versions.node'], {cwd: root});
    assert.ok(exact.startsWith(version), exact);
    t.diagnostic(`Node ${exact.trim()}`);
    assert.equal(await output(node, [smoke], {cwd: root}), 'ok\n');
  });
}

// As child_process, which needs no right for its own pipes either.
test('with --permission pipes and messages need no --allow-net', async t => {
  const node = await installNode('26');
  if (node === undefined) return t.skip('the package registry cannot be reached');
  const rights = ['--permission', '--allow-fs-read=*', '--allow-child-process', '--allow-addons'];
  assert.equal(await output(node, ['--no-warnings', ...rights, permitted], {cwd: root}), 'ok\n');
});
