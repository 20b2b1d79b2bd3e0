// Every feature of the packages that people use on top of child_process: the same over this library, or the difference that
// docs/differences.md tells of.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {type TestContext, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {installNode} from '../helpers/node-versions.js';
import type {Seen} from './packages/case.js';
import {packages} from './packages/packages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = fileURLToPath(new URL('packages/run.js', import.meta.url));

/** Runs all cases of a package, in a process of their own. */
async function observe(node: string, name: string, engine: string): Promise<Seen[]> {
  const {stdout, stderr} = await promisify(execFile)(node, [program, name, engine], {cwd: root, maxBuffer: 10_000_000});
  assert.doesNotMatch(stderr, /uncaught|Warning/);
  return JSON.parse(stdout) as Seen[];
}

const [major] = process.versions.node.split('.');

for (const {name, title, node: oldest} of packages) {
  test(title, {timeout: 300_000}, async (t: TestContext) => {
    const node = Number(major) >= oldest ? process.execPath : await installNode(String(oldest));
    if (node === undefined) return t.skip('the package registry cannot be reached');
    const [theirs, ours] = await Promise.all([observe(node, name, 'child_process'), observe(node, name, 'namespawn')]);
    assert.deepEqual(
      ours.map(seen => seen.name),
      theirs.map(seen => seen.name),
    );
    for (const [index, {name: feature, observed, difference}] of ours.entries()) {
      await t.test(feature, () => {
        const plain = theirs[index]!.observed;
        assert.notEqual(plain, 'never ends', 'with child_process');
        if (difference === undefined) {
          assert.equal(observed, plain);
        } else {
          assert.equal(plain, difference.childProcess, 'child_process is not as the table says');
          assert.equal(observed, difference.namespawn);
        }
      });
    }
    return undefined;
  });
}
