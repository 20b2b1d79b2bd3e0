// After process.seteuid() and setegid() a spawn works as child_process's does, as whom the program has become.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {startFixture} from '../helpers/fixtures.js';
import {needsRoot} from '../helpers/requirements.js';

type Told = {kind: string; ids: unknown} | {kind: 'left'; before: string[]; after: string[]; left: object};

const root = '0 0 0 0';
const other = '1000 1000 1000 1000';
// The real id stays root's, the saved one follows the effective one at an execve.
const mixed = '0 1000 1000 1000';

/** What the command's ids are, by what has changed: [uid, gid] outside of a user namespace, and in one, where nothing of root's is left. */
const expected = {
  uid: {plain: [mixed, root], user: [other, root], isPrivileged: false},
  gid: {plain: [root, mixed], user: [root, other], isPrivileged: true},
  both: {plain: [mixed, mixed], user: [other, other], isPrivileged: false},
};

for (const [which, {plain, user, isPrivileged}] of Object.entries(expected)) {
  for (const start of ['cold', 'warm']) {
    test(`after a change of ${which}, ${start}`, {skip: needsRoot()}, async () => {
      const fixture = startFixture('changed-ids', [which, start]);
      const exit = once(fixture.process, 'exit');
      const told: Record<string, unknown> = {};
      for (;;) {
        const line = await fixture.next<Told>();
        if ('left' in line) {
          assert.deepEqual(line.left, {});
          assert.deepEqual(line.after, line.before, 'the ids of Node itself are as before');
          break;
        }
        told[line.kind] = line.ids;
      }
      // Who is not privileged gets a user namespace.
      const byDefault = isPrivileged ? plain : user;
      assert.deepEqual(told, {
        child_process: plain,
        default: byDefault,
        'without namespaces': plain,
        'without an init': byDefault,
        user,
        'root inside': [root, root],
        all: user,
        sandbox: byDefault,
        'killed in a sandbox': ['SIGTERM'],
        ranges: [isPrivileged ? 0 : null],
      });
      assert.deepEqual(await exit, [0, null]);
    });
  }
}
