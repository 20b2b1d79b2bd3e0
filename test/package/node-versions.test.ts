// One build works with every version of Node, from the oldest supported one. The versions are installed as npm packages.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {output} from './programs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const permitted = fileURLToPath(new URL('permitted.js', import.meta.url));
const smoke = fileURLToPath(new URL('smoke.js', import.meta.url));

for (const version of ['20.19.0', '22', '24', '26']) {
  test(`the build works with Node ${version}`, async t => {
    const node = await install(version);
    if (node === undefined) return t.skip('the package registry cannot be reached');
    const exact = await output(node, ['-p', 'process.versions.node'], {cwd: root});
    assert.ok(exact.startsWith(version), exact);
    t.diagnostic(`Node ${exact.trim()}`);
    assert.equal(await output(node, [smoke], {cwd: root}), 'ok\n');
  });
}

// As child_process, which needs no right for its own pipes either.
test('with --permission pipes and messages need no --allow-net', async t => {
  const node = await install('26');
  if (node === undefined) return t.skip('the package registry cannot be reached');
  const rights = ['--permission', '--allow-fs-read=*', '--allow-child-process', '--allow-addons'];
  assert.equal(await output(node, ['--no-warnings', ...rights, permitted], {cwd: root}), 'ok\n');
});

/** Returns the path of a Node executable, or undefined if it cannot be installed. */
async function install(version: string): Promise<string | undefined> {
  const folder = path.join(root, '.cache/node-versions', version);
  const name = `node-linux-${process.arch}`;
  const node = path.join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  mkdirSync(folder, {recursive: true});
  // npm takes this directory as the root of the project. The option --prefix would also change the place of the global configuration.
  writeFileSync(path.join(folder, 'package.json'), '{}');
  try {
    await output('npm', ['install', '--no-save', '--no-package-lock', `${name}@${version}`], {cwd: folder});
  } catch (error) {
    if (/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.test(String(error)))
      return undefined;
    throw error;
  }
  return node;
}
