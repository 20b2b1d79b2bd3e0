// Runs this project's tests in a VM, as root and as an ordinary user: npm run test:vm -- [OPTION...] [PART_OF_A_FILE_NAME...]
// Options: --kernel NAME (may be repeated), --append TEXT, --memory MB, --cpus N, --timeout SECONDS (a machine), --console,
// --user NAME (may be repeated), --refuse CALL=ERRNO (may be repeated): system calls refused as test/programs/refuse.c says.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {VmError} from './vm/packages.mjs';
import {DEFAULTS, runInVm} from './vm/run.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

// Sources that some tests read, and everything that the tests run. Object files of the build are left out because they are large.
const COPIED = [
  ...'package.json scripts lib test src-native examples dist dist-test build prebuilds binding.gyp'.split(' '),
  'node_modules/undici', // examples/two-servers.mjs
];
// Tests that are not run in the VM. Those of the VM itself, of the package and of the pages need qemu, npm, a compiler or files that are
// not there. What depends on Node and on this library alone, and not on the kernel, takes longest there. The command line starts a Node for
// each test, and what it calls is tested by the others. Fixtures beside these tests are copied, because other tests use them too.
const LEFT_TESTS = [
  '(vm|package|standin|cli|ipc|workers|options|seccomp)/.*',
  'features/bubblewrap',
  'files/patterns',
  'spawn/(changed-ids|debugger|leaks|lifeline|room|throwing)',
  'pty/typing',
  'scripts/(docs|kill-rounds)',
].join('|');
const LEFT = new RegExp(`^build/(Release/(obj|[.]deps)|node_gyp_bins)|^(dist-)?test/(${LEFT_TESTS})[.]test[.]`);

// A test may be skipped only if the kernel lacks a feature, if the machine lacks a program that is too large for it, or if it needs the other
// user.
const LACKS = 'the kernel lacks |needs (python3|gcc|cc|java|bwrap)$';
const ALLOWED_SKIPS = {
  root: `^(${LACKS}|needs an ordinary user)`,
  tester: `^(${LACKS}|needs root)`,
};

const {values, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    kernel: {type: 'string', multiple: true, default: [DEFAULTS.kernel]},
    append: {type: 'string'},
    memory: {type: 'string', default: String(DEFAULTS.memory)},
    cpus: {type: 'string', default: String(DEFAULTS.cpus)},
    timeout: {type: 'string', default: '900'},
    console: {type: 'boolean', default: false},
    user: {type: 'string', multiple: true, default: ['root', 'tester']},
    refuse: {type: 'string', multiple: true, default: []},
  },
});

/** What `npm ci --omit=dev` would install. */
function productionPackages() {
  const {packages} = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.keys(packages).filter(name => name !== '' && !packages[name].dev && existsSync(name));
}

function copies() {
  const wanted = file => !LEFT.test(path.relative(root, file));
  const names = [...COPIED.filter(name => existsSync(name)), ...productionPackages()];
  return names.map(name => ({from: path.join(root, name), to: `/project/${name}`, wanted}));
}

function suite(user) {
  const refusal = values.refuse.length === 0 ? [] : ['dist-test/programs/refuse', ...values.refuse, '--'];
  return {
    name: ['the tests as', user, ...values.refuse].join(' '),
    user,
    argv: [...refusal, 'node', 'scripts/test.mjs', '--built', ...positionals],
    env: {
      NAMESPAWN_ALLOWED_SKIPS: ALLOWED_SKIPS[user],
      ...(process.env.CI === undefined ? {} : {CI: process.env.CI}),
      ...(process.stdout.isTTY ? {FORCE_COLOR: '1'} : {}),
    },
  };
}

execFileSync('npm', ['run', '--silent', 'build:test'], {stdio: 'inherit'});
try {
  for (const kernel of values.kernel) {
    // Both machines run at the same time. Each has two CPUs, and hardly uses the second one.
    let previous = Promise.resolve();
    const machines = values.user.map(user => {
      const machine = runSuite(kernel, user, streamsInTurn(previous));
      previous = machine.catch(() => {});
      return machine;
    });
    for (const status of await Promise.all(machines)) process.exitCode ||= status;
  }
} catch (error) {
  if (!(error instanceof VmError)) throw error;
  process.stderr.write(`vm: ${error.message}\n`);
  process.exitCode = 125;
}

function runSuite(kernel, user, streams) {
  return runInVm({
    kernel,
    name: `${path.basename(kernel)}-${user}`,
    streams,
    memory: Number(values.memory),
    cpus: Number(values.cpus),
    timeout: Number(values.timeout),
    showConsole: values.console,
    nothingLeft: true,
    // scripts/test.mjs prints a line when its first file begins.
    tellFirstOutput: true,
    copies: copies(),
    commands: [suite(user)],
    ...(values.append === undefined ? {} : {append: values.append}),
  });
}

/** What one machine says comes behind what the one before it has said. */
function streamsInTurn(previous) {
  let held = [];
  previous.then(() => {
    for (const write of held) write();
    held = undefined;
  });
  const inTurn = stream => ({
    write: chunk => (held === undefined ? stream.write(chunk) : held.push(() => stream.write(chunk))),
  });
  return {stdout: inTurn(process.stdout), stderr: inTurn(process.stderr)};
}
