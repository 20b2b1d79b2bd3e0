// Another program takes the place of qemu.
import assert from 'node:assert/strict';
import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {test} from 'node:test';

interface Qemu {
  QEMU: string;
  runMachine(machine: object, listeners: object): Promise<object>;
}

const script: string = new URL('../../scripts/vm/qemu.mjs', import.meta.url).href;
const {QEMU, runMachine}: Qemu = await import(script);

test('a machine that makes no progress is ended at the time limit', async t => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'namespawn-qemu-'));
  t.after(() => rmSync(folder, {recursive: true}));
  const program = path.join(folder, QEMU);
  // The program does not read its input, which resets the connection.
  writeFileSync(program, '#!/bin/sh\necho a complaint >&2\nexec sleep 1000\n');
  chmodSync(program, 0o755);
  const {PATH} = process.env;
  process.env.PATH = `${folder}:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  const ignored = () => {};
  const machine = {image: 'image', initramfs: 'initramfs', accel: 'tcg', memory: 1, cpus: 1, append: '', timeoutMs: 1};
  const listeners = {result: ignored, stdout: ignored, stderr: ignored, console: ignored};
  assert.deepEqual(await runMachine(machine, listeners), {
    timedOut: true,
    exitCode: null,
    signal: 'SIGKILL',
    complaint: 'a complaint',
  });
});
