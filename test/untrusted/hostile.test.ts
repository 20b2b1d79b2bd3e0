// Hostile programs in untrusted(): what they try is refused, or harms nobody. Each attempt of test/programs/assault.c is asserted.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {createSandbox, type Mount, runInNamespace, type SpawnOptions, untrusted, untrustedSandbox} from 'namespawn';
import {byLandlock} from '../../dist/start/untrusted-landlock.js';
import {kernelLacks} from '../helpers/kernel.js';
import {leavesNothing} from '../helpers/leaks.js';
import {testProgram} from '../helpers/programs.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const folder = temporaryDirectory();
const socket = path.join(folder, 'socket');
const abstract = `namespawn-test-${process.pid}`;
const workdir = path.join(folder, 'work');
mkdirSync(workdir);
const secret = path.join(folder, 'secret');
writeFileSync(secret, 'secret', {mode: 0o644});

const servers = [socket, `\0${abstract}`].map(name => ({server: net.createServer(), name}));
before(async () => {
  for (const {server, name} of servers) await once(server.listen(name), 'listening');
});
after(() => {
  for (const {server} of servers) server.close();
});

const program = '/home/user/assault';
const mounts: Mount[] = [{type: 'bind', source: testProgram('assault'), destination: program, readOnly: true}];
const parameters = (outside: number): string[] => [String(outside), socket, abstract, secret];

type Outcomes = Record<string, string>;

async function assault(options: SpawnOptions, file = program): Promise<Outcomes> {
  const {stdout, exitCode} = await leavesNothing(() =>
    runInNamespace(file, parameters(process.pid), {...options, reject: false}),
  );
  assert.equal(exitCode, 0, stdout);
  return read(stdout);
}

function read(stdout: string): Outcomes {
  const lines = stdout.trim().split('\n');
  return Object.fromEntries(lines.map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]));
}

const EPERM = /^EPERM$/;
/** There is nothing of that name inside, or nobody may write to it. */
const closed = /^(ENOENT|EACCES|EROFS|EPERM)$/;

/** What the filter of system calls refuses, with and without namespaces. */
const filtered: Record<string, RegExp> = {
  'ptrace-outside': /^(EPERM|ESRCH)$/,
  process_vm_readv: /^(EPERM|EFAULT|ENOSYS)$/,
  io_uring_setup: EPERM,
  userfaultfd: EPERM,
  bpf: EPERM,
  perf_event_open: EPERM,
  keyctl: EPERM,
  add_key: EPERM,
  request_key: EPERM,
  mount: EPERM,
  umount: EPERM,
  fsopen: EPERM,
  open_tree: EPERM,
  pivot_root: EPERM,
  chroot: EPERM,
  'unshare-user': EPERM,
  'unshare-net': EPERM,
  setns: EPERM,
  clone3: /^ENOSYS$/,
  'clone-user': EPERM,
  open_by_handle_at: EPERM,
  kexec_load: EPERM,
  init_module: EPERM,
  finit_module: EPERM,
  delete_module: EPERM,
  reboot: EPERM,
  swapon: EPERM,
  acct: EPERM,
  syslog: EPERM,
  settimeofday: EPERM,
  sethostname: EPERM,
  personality: EPERM,
  mknod: EPERM,
  TIOCSTI: EPERM,
  TIOCLINUX: EPERM,
  'TIOCSTI-bit-32': EPERM,
  'TIOCLINUX-bit-32': EPERM,
  setuid: /^(EPERM|EINVAL)$/,
  priority: /^E(ACCES|PERM)$/,
  rlimit: EPERM,
  'outside-file': closed,
  '/proc/sys/kernel/core_pattern': closed,
  '/proc/sysrq-trigger': closed,
  '/proc/sys/vm/drop_caches': closed,
  '/proc/sys/kernel/modprobe': closed,
  '/proc/sys/user/max_user_namespaces': closed,
  '/proc/1/mem': closed,
  '/proc/1/environ': closed,
  '/proc/kcore': closed,
  '/dev/kmsg': closed,
  '/dev/mem': closed,
  '/dev/sda': closed,
  '/sys/kernel/uevent_helper': closed,
  '/etc/passwd': closed,
  '/etc/ld.so.cache': closed,
  '/etc/shadow': closed,
  '/bin/sh': /^(EACCES|EROFS|ETXTBSY)$/,
  '/usr/assault': closed,
  '/bin/assault': closed,
  '/lib/assault': closed,
  '/sbin/assault': closed,
  '/etc/ssl/certs/assault': closed,
  '/proc/assault': closed,
  '/sys/assault': closed,
  // The core of the machine's handler would be outside.
  segfault: /^SEGV$/,
  ...(process.arch === 'x64' ? {x32: /^ENOSYS$/, i386: /^SYS$/} : {}),
};

/** What namespaces refuse beyond that. */
const namespaced: Record<string, RegExp> = {
  ...filtered,
  'ptrace-init': EPERM,
  'kill-outside': /^ESRCH$/,
  // The kernel ignores it.
  'kill-init': /^ok$/,
  pidfd_getfd: EPERM,
  AF_VSOCK: EPERM,
  AF_PACKET: EPERM,
  AF_ALG: EPERM,
  'AF_NETLINK-audit': EPERM,
  raw: EPERM,
  'AF_UNIX-path': /^ENOENT$/,
  'AF_UNIX-abstract': /^ECONNREFUSED$/,
  fork: /^EAGAIN$/,
  forked: /^\d{1,3}$/,
};

function check(outcomes: Outcomes, expected: Record<string, RegExp>): void {
  const seen = Object.entries(outcomes);
  const wrong = seen.filter(([name, outcome]) => !expected[name]?.test(outcome));
  assert.deepEqual(wrong, []);
  assert.deepEqual(
    Object.keys(expected).filter(name => !(name in outcomes)),
    [],
  );
}

describe('a hostile program', () => {
  test('in untrusted() gets nowhere, and its fork bomb ends with it', async () => {
    check(await assault(untrusted({mounts})), namespaced);
  });

  test("on the host's root, read-only", async () => {
    const file = '/tmp/assault';
    const options = untrusted({root: 'readonly', mounts: [{...mounts[0]!, destination: file} as Mount]});
    check(await assault(options, file), namespaced);
  });

  test('cannot trace a neighbour in a sandbox', async () => {
    await using sandbox = await createSandbox(untrustedSandbox({mounts}));
    const neighbour = sandbox.spawn('sleep', ['1000']);
    await once(neighbour, 'spawn');
    const {stdout} = await sandbox.run(program, parameters(neighbour.namespacePid!), {reject: false});
    assert.match(stdout, /^ptrace-outside EPERM$/m);
  });

  test('can be seen: without untrusted() the same attempts reach outside', async () => {
    const {stdout} = await runInNamespace(testProgram('assault'), [...parameters(process.pid), 'without-bomb'], {
      namespaces: ['user', 'pid', 'mnt'],
      reject: false,
    });
    const outcomes = read(stdout);
    assert.equal(outcomes['AF_UNIX-abstract'], 'ok');
    assert.equal(outcomes['AF_UNIX-path'], 'ok');
    assert.equal(outcomes['outside-file'], 'ok');
    assert.equal(outcomes.personality, 'ok');
  });
});

describe("fallback: 'landlock'", {skip: kernelLacks('scopes in Landlock')}, () => {
  test('refuses the same without namespaces, but hides no process', async () => {
    const options = byLandlock({workdir}, false);
    const landlock = {...options.landlock, execute: [...options.landlock!.execute!, testProgram('assault')]};
    const allowed = {
      ...filtered,
      // Landlock refuses it before the filter's rule for other devices.
      mknod: /^E(PERM|ACCES)$/,
      'ptrace-init': EPERM,
      'kill-outside': EPERM,
      'kill-init': EPERM,
      pidfd_getfd: EPERM,
      ...Object.fromEntries(
        ['AF_VSOCK', 'AF_PACKET', 'AF_ALG', 'AF_NETLINK-audit', 'raw', 'AF_UNIX-path', 'AF_UNIX-abstract'].map(name => [
          name,
          /^(EACCES|EPERM)$/,
        ]),
      ),
      fork: /^EAGAIN$/,
      forked: /^\d{1,3}$/,
    };
    check(await assault({...options, landlock}, testProgram('assault')), allowed);
  });
});
