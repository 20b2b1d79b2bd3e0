import assert from 'node:assert/strict';
import {test} from 'node:test';
import {NamespaceError} from 'namespawn';

test('a NamespaceError carries the fields of a system error', () => {
  const error = new NamespaceError({errno: -1, syscall: 'clone3', step: 'namespaces', path: '/proc'});
  assert.equal(error.code, 'EPERM');
  assert.equal(error.errno, -1);
  assert.equal(error.syscall, 'clone3');
  assert.match(error.message, /^EPERM: clone3 '\/proc' \(step namespaces\)/);
  assert.ok(!('index' in error));
});
