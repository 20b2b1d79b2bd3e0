// The published tarball where no prebuild fits: it is built from source when it is installed.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, renameSync, rmSync} from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {install, type Packed, pack, prebuilds, root, works} from './installation.js';
import {output} from './programs.js';

test('the install script builds from source if no prebuild fits', async t => {
  const packed = await pack();
  t.after(() => rmSync(packed.folder, {recursive: true, force: true}));
  const other = await withPrebuildsFor('mips', packed);
  // Without optimization the compiler takes half of the time.
  const app = await install(packed, 'from source', other, {env: {...process.env, CXXFLAGS: '-O0'}});
  assert.ok(existsSync(path.join(app, 'node_modules/namespawn/build/Release/namespawn.node')));
  await works(app, process.env);
});

/** Creates a copy of the tarball whose prebuilds are for another architecture. */
async function withPrebuildsFor(arch: string, {folder, tarball}: Packed): Promise<string> {
  const unpacked = path.join(folder, 'unpacked');
  const copy = path.join(folder, 'other.tgz');
  mkdirSync(unpacked);
  await output('tar', ['-xzf', tarball, '-C', unpacked], {cwd: root});
  const inside = path.join(unpacked, 'package');
  renameSync(path.join(inside, prebuilds), path.join(inside, `prebuilds/linux-${arch}`));
  await output('tar', ['-czf', copy, '-C', unpacked, 'package'], {cwd: root});
  return copy;
}
