// Boots virtual machines, which takes some seconds each. Whatever goes wrong in one must be reported.
import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

interface Result {
  status: number;
  stdout: string;
  stderr: string;
}

function run(file: string, args: string[]): Promise<Result> {
  return new Promise(resolve => {
    execFile(file, args, {cwd: root, encoding: 'utf8', maxBuffer: 64 << 20}, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({status, stdout, stderr});
    });
  });
}

const vm = (...args: string[]): Promise<Result> =>
  run(process.execPath, ['scripts/vm/cli.mjs', '--copy', 'examples/vm:/project', ...args]);

const qemu = await run('qemu-system-x86_64', ['--version']);
const skip = qemu.status !== 0 && 'needs qemu-system-x86_64 (package qemu-system-x86)';

// Two at a time, because each machine has two CPUs, of which it hardly uses the second.
test('a virtual machine', {skip, concurrency: 2}, async t => {
  const cases = [
    // The longest test comes first.
    t.test('is ended if it hangs, and reports the command that hung', async () => {
      const {status, stdout, stderr} = await vm('--timeout', '40', 'sh', '-c', 'echo before; sleep 1000');
      assert.equal(status, 124);
      assert.equal(stdout, 'before\n');
      assert.match(stderr, /^ {2}\| .* sleep 1000$/m);
      assert.match(stderr, /^vm: FAILED: the time limit of 40 s passed while "sh .*" ran/m);
    }),
    t.test('runs the example, and returns its output and status', async () => {
      const {status, stdout, stderr} = await vm('--timeout', '120', 'node', '--test', 'root.test.mjs');
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^# pass 3$/m);
    }),
    t.test('returns output and errors separately and completely', async () => {
      const script =
        'process.stdout.write("o".repeat(3e6)); process.stderr.write("e".repeat(1e5)); process.exitCode = 7';
      const {status, stdout, stderr} = await vm('--timeout', '120', 'node', '-e', script);
      assert.equal(status, 7);
      assert.equal(stdout, 'o'.repeat(3e6));
      assert.ok(stderr.includes('e'.repeat(1e5)));
      assert.match(stderr, /FAILED: "node .*" failed with exit status 7/);
    }),
    t.test('runs a command as an ordinary user, with a cgroup of its own and user namespaces', async () => {
      const script =
        'id -u; unshare -Ur id -u; mkdir /sys/fs/cgroup/tester/mine; ls /sys/fs/cgroup/tester/mine/memory.max; id -u >/etc/no';
      const {status, stdout, stderr} = await vm('--timeout', '120', '--user', 'tester', 'bash', '-c', script);
      assert.equal(stdout, '1000\n0\n/sys/fs/cgroup/tester/mine/memory.max\n');
      assert.equal(status, 1);
      assert.match(stderr, /Permission denied/);
    }),
    t.test('does not wait for processes that a command leaves, and names them', async () => {
      const {status, stdout, stderr} = await vm('--timeout', '60', 'sh', '-c', 'echo done; sleep 1000 & exit 4');
      assert.deepEqual([status, stdout], [4, 'done\n']);
      assert.match(stderr, /^vm: left running: \d+ \S+ +sleep 1000$/m);
    }),
    t.test('reports a kernel panic', async () => {
      const {status, stderr} = await vm('--timeout', '120', 'sh', '-c', 'echo c >/proc/sysrq-trigger');
      assert.equal(status, 125);
      assert.match(stderr, /^ {2}\| .*Kernel panic/m);
      assert.match(stderr, /^vm: FAILED: the VM's kernel panicked while "sh .*" ran: Kernel panic/m);
    }),
    t.test('reports the out-of-memory killer', async () => {
      const script = 'const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))';
      const {status, stderr} = await vm('--timeout', '120', '--memory', '512', 'node', '-e', script);
      assert.equal(status, 125);
      assert.match(stderr, /^vm: FAILED: the VM ran out of memory .*Killed process \d+ \(node\)/m);
    }),
    t.test('reports that it has ended before its command', async () => {
      const {status, stderr} = await vm('--timeout', '120', 'busybox', 'poweroff', '-f');
      assert.equal(status, 125);
      assert.match(stderr, /^vm: FAILED: the VM ended before its commands did while "busybox .*" ran/m);
    }),
    t.test('reports that a kernel, program or folder does not exist', async () => {
      const kernel = await vm('--kernel', '/nonexistent', 'true');
      assert.deepEqual([kernel.status, kernel.stderr], [125, 'namespawn-vm: there is no kernel /nonexistent\n']);
      const program = await vm('--program', 'no-such-program', 'true');
      assert.deepEqual(
        [program.status, program.stderr],
        [125, 'namespawn-vm: there is no program no-such-program to take into the VM\n'],
      );
      const missing = await vm('--timeout', '120', 'no-such-command');
      assert.equal(missing.status, 127);
    }),
  ];
  await Promise.all(cases);
});
