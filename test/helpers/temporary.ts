import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after} from 'node:test';

/** Creates a directory that is removed after the tests of the file. By its name helpers/leaks.ts recognizes mounts of the tests. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
  after(() => rmSync(directory, {recursive: true, force: true}));
  return directory;
}
