// After process.seteuid() and setegid() a spawn works as that of child_process does, with the ids of the program.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {test} from 'node:test';
import {startFixture} from '../helpers/fixtures.js';
import {needsRoot} from '../helpers/requirements.js';

type Told = {kind: string; ids: unknown} | {kind: 'left'; before: string[]; after: string[]; left: object};

const root = '0 0 0 0';
const other = '1000 1000 1000 1000';
// The real id stays 0. At an execve the saved id becomes the effective one.
const mixed = '0 1000 1000 1000';

/** The ids of the command, by what has changed: [uid, gid] outside of a user namespace, and inside of one, where no id of root is left. */
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
      const seen: Record<string, unknown> = {};
      for (;;) {
        const line = await fixture.next<Told>();
        if ('left' in line) {
          assert.deepEqual(line.left, {});
          assert.deepEqual(line.after, line.before, 'the ids of Node itself are as before');
          break;
        }
        seen[line.kind] = line.ids;
      }
      // Without privilege a user namespace is added.
      const byDefault = isPrivileged ? plain : user;
      assert.deepEqual(seen, {
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
