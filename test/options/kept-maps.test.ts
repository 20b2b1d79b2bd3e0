// The user namespaces that are kept: how many, and for how long.
import assert from 'node:assert/strict';
import {beforeEach, test} from 'node:test';
import type {ResolvedSetup} from '../../dist/features/feature.js';
import {idMaps} from '../../dist/features/id-maps.js';
import type {NamespaceHandle} from '../../dist/inspect/handle/handle.js';
import {keptFor, limits, setMaker} from '../../dist/start/options/kept-maps.js';
import {eventually} from '../helpers/eventually.js';
import {needsUser} from '../helpers/requirements.js';

const map = (first: number): object => ({text: `0 ${first} 10\n`, isOwn: false, ranges: [], firstId: 0});
const setupOf = (first: number): ResolvedSetup => {
  const maps = {uidMap: map(first), gidMap: map(first), setgroups: 'allow'};
  return {settings: {of: (feature: object) => (feature === idMaps ? maps : undefined)}} as unknown as ResolvedSetup;
};

let open = 0;
let made = 0;
beforeEach(() => {
  made = 0;
  setMaker(async () => {
    open++;
    made++;
    return {close: () => open--} as unknown as NamespaceHandle;
  });
});

/** Uses a map until its namespace is kept. */
async function use(first: number): Promise<void> {
  await eventually(() => assert.ok(keptFor(setupOf(first))));
}

test('the second use makes it, a limited number is kept, and the one not used for longest goes', {
  skip: needsUser(),
}, async () => {
  assert.equal(keptFor(setupOf(0)), undefined);
  assert.equal(made, 0);
  for (let first = 0; first < limits.kept + 3; first++) await use(first);
  assert.deepEqual([made, open], [limits.kept + 3, limits.kept]);
  await use(3);
  assert.equal(made, limits.kept + 3);
  await use(0);
  assert.deepEqual([made, open], [limits.kept + 4, limits.kept]);
});

test('one that is not used is given back', {skip: needsUser()}, async () => {
  const before = open;
  limits.idleMs = 50;
  await use(1000);
  // Another one had to go for it.
  assert.equal(open, before);
  await eventually(() => assert.equal(open, before - 1));
});

test('one that cannot be made is tried again later', {skip: needsUser()}, async () => {
  let attempts = 0;
  setMaker(() => {
    attempts++;
    return Promise.reject(new Error('refused'));
  });
  await eventually(() => {
    assert.equal(keptFor(setupOf(2000)), undefined);
    assert.ok(attempts >= 2);
  });
});
