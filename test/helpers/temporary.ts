import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after} from 'node:test';

/** A new directory, removed after the file's tests. Its name tells helpers/leaks.ts which mounts are ours. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-test-'));
  after(() => rmSync(directory, {recursive: true, force: true}));
  return directory;
}
