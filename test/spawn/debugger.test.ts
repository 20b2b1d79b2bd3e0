// A program that spawns can be debugged, because gdb does not mistake nsinit for a thread of it.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {test} from 'node:test';
import {finished} from '../helpers/finished.js';
import {needsProgram} from '../helpers/requirements.js';

test('gdb follows Node through its spawns to its end', {skip: needsProgram('gdb')}, async () => {
  const program = `
    import {spawnInNamespace} from ${JSON.stringify(import.meta.resolve('namespawn'))};
    for (let i = 0; i < 3; i++) await new Promise(resolve => spawnInNamespace('true').on('close', resolve));`;
  // With -nx gdb does not read the init files of this machine.
  const args = ['-q', '-nx', '-batch', '-iex', 'set debuginfod enabled off', '-ex', 'run', '--args', process.execPath];
  const gdb = spawn('gdb', [...args, '--input-type=module', '-e', program], {stdio: ['ignore', 'pipe', 'pipe']});
  const {stdout, stderr} = await finished(gdb);
  assert.match(stdout, /\[Inferior 1 \(process \d+\) exited normally\]/, stderr);
});
