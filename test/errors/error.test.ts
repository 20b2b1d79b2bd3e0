import assert from 'node:assert/strict';
import {constants} from 'node:os';
import {test} from 'node:test';
import {NamespaceError} from 'namespawn';

test('a NamespaceError has the fields of a system error', () => {
  const error = new NamespaceError({errno: -1, syscall: 'clone3', step: 'namespaces', path: '/proc'});
  assert.equal(error.code, 'EPERM');
  assert.equal(error.errno, -1);
  assert.equal(error.syscall, 'clone3');
  assert.match(error.message, /^EPERM: clone3 '\/proc' \(step namespaces\)/);
  assert.ok(!('index' in error));
});

test('error numbers that libuv does not know have names', () => {
  for (const [name, errno] of Object.entries(constants.errno)) {
    const {code} = new NamespaceError({errno: -errno});
    assert.equal(constants.errno[code as 'EPERM'], errno, name);
  }
  assert.equal(new NamespaceError({errno: -constants.errno.ECHILD}).code, 'ECHILD');
  assert.equal(new NamespaceError({errno: -constants.errno.EAGAIN}).code, 'EAGAIN');
});
