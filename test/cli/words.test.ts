// Mistakes in the use of the command, and errors in the words of the command line.
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {describe, test} from 'node:test';
import {groups} from '../../dist/errors/causes.js';
import {tryNamespawn} from '../helpers/commands.js';
import {isRoot} from '../helpers/requirements.js';

/** Words that only programs which use the library know: names in camel case, options with a value, and calls. */
const ofLibrary =
  /options\.|\b[a-z]+[A-Z]\w*\b|: (?:true|false)\b|namespawn\/sys|Received|The (?:property|argument|value of)/;

test('wrong use exits with 125, and says so in the words of the command line', () => {
  const wrong: [words: string[], message: RegExp][] = [
    [['nosuch'], /unknown command 'nosuch'/],
    [['ls', '--nosuch'], /unknown option '--nosuch'/],
    [['ls', '1', 'word'], /too many arguments/],
    [['ls', '--type'], /argument missing/],
    [['ls', '--type', 'network'], /The types are cgroup, ipc, mnt, net/],
    [['ls', '--type', 'pid,'], /The types are/],
    [['ls', '--pid', 'x'], /It must be a whole number from 0/],
    [['ls', '--pid', '99999999999'], /It must be a whole number from 0/],
    [['ps', '-o', 'nonsense'], /unknown column 'nonsense'/],
    [['pid'], /missing required argument 'pid'/],
    [['pid', 'x'], /It must be a whole number/],
    [['pid', '1', '--in', '1', '--from', '1'], /cannot be used with/],
    [['probe', '--nosuch'], /unknown option/],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
    [['run'], /missing required argument 'command'/],
    [['run', '--nosuch', '--', 'true'], /unknown option/],
    [['run', '--grace', '99999999999', '--', 'true'], /It must be a whole number/],
    [['run', '--forward', 'NONE', '--', 'true'], /There is no signal NONE/],
    [['run', '--hostname', 'x'.repeat(65), '--', 'true'], /^namespawn: --hostname must .*, and is 'xxx/],
    [['run', '--', ''], /^namespawn: COMMAND cannot be empty/],
    [['enter', '--nosuch'], /unknown option/],
    [['enter', '-n', '--', 'true'], /^namespawn: a process is needed: -t PID/],
    [['enter', '--net=', '--', 'true'], /^namespawn: --net= needs a file/],
    [['enter', '-t', 'x', '-n', '--', 'true'], /It must be a whole number/],
    [['enter', '-t', '1', '-n', '-S', '-1', '--', 'true'], /It must be a whole number/],
    [['enter', '-t', '1', '-n', '-G', '9999999999', '--', 'true'], /It must be a whole number/],
  ];
  for (const [words, message] of wrong) {
    const {status, stdout, stderr} = tryNamespawn(...words);
    assert.deepEqual([status, stdout], [125, ''], words.join(' '));
    assert.match(stderr, message);
    assert.match(stderr, /^namespawn: /, words.join(' '));
    assert.doesNotMatch(stderr, ofLibrary);
  }
  const {status, stderr} = tryNamespawn();
  assert.equal(status, 125);
  assert.match(stderr, /^Usage: namespawn/);
});

test('failures are described in the words of the command line', () => {
  const failures: [words: string[], status: number, message: RegExp][] = [
    [['ls', '--proc', '/tmp'], 1, /^namespawn: --proc must be the path of a mount of procfs, and is '\/tmp'\n$/],
    [['ls', '-p', '2147483647'], 1, /^namespawn: ESRCH: (?!.*step)/],
    [['pid', '1', '--in', '/nosuch'], 1, /^namespawn: ENOENT: \w+ '\/nosuch'/],
    [['ls', '--html', '/nosuch/file'], 1, /^namespawn: ENOENT/],
    [['run', '--set-pid', '1', '--', 'true'], 125, /^namespawn: EEXIST: \w+ \(step --set-pid\)/],
    [['run', '--', '/nosuch'], 127, /^namespawn: cannot execute \/nosuch: there is no such command \(ENOENT\)\n$/],
    [['enter', '--user=/nosuch', '--', 'true'], 125, /^namespawn: ENOENT: \w+ '\/nosuch'/],
    [
      ['enter', '--user=/etc/passwd', '--', 'true'],
      125,
      /^namespawn: EINVAL: '\/etc\/passwd' \(step --user\): it is not a namespace/,
    ],
    [['enter', '--user=/proc/self/ns/net', '--', 'true'], 125, /\(step --user\): it is a net namespace/],
    [
      ['enter', '--net=/nosuch', '--', 'true'],
      125,
      isRoot
        ? /^namespawn: ENOENT: \w+ '\/nosuch'/
        : /^namespawn: the namespaces must have .*: enter it as well \(--user\), or/,
    ],
    [['enter', '-t', '2147483647', '-a', '--', 'true'], 125, /^namespawn: ESRCH/],
    [['enter', '-t', `${process.pid}`, '--wd=/nosuch', '--', 'true'], 125, /^namespawn: ENOENT: .*\/nosuch/],
  ];
  for (const [words, status, message] of failures) {
    const result = tryNamespawn(...words);
    assert.deepEqual([result.status, result.stdout], [status, ''], `${words.join(' ')}: ${result.stderr}`);
    assert.match(result.stderr, message);
    assert.doesNotMatch(result.stderr, ofLibrary);
  }
});

describe('the hints', () => {
  // What only functions of the library can do, and no subcommand.
  const onlyLibrary =
    'setns lastPid kill timeOffsets groups withNamespace socket writeFile readFile list remove collect files';
  // What has no switch of its own. The file of --config has the names of the library.
  const onlyConfig = 'sysctls landlock oomScoreAdj parentDeathSignal disableUserNamespaces';
  const without = new Set(`${onlyLibrary} ${onlyConfig}`.split(' '));

  test('name no option of the library', async () => {
    const {translateHint} = await import('../../dist/cli/words.js');
    for (const {causes = []} of groups) {
      for (const {steps, why, advice} of causes) {
        if (steps.every(step => without.has(step.split('.')[0]!))) continue;
        const blanks = /\{\w+\}|procMount: Unmasked/g;
        const text = translateHint(`${why}; ${advice}`).replace(blanks, '');
        assert.doesNotMatch(text, ofLibrary, `${steps}`);
        assert.doesNotMatch(text, /'(?:pid|user|mnt|root|ignore)'|`(?!sysctl|new[ug]idmap)\w+`|\w\(\)/, `${steps}`);
      }
    }
  });
});

test('every subcommand has --help', () => {
  const commands = readdirSync(new URL('../../dist/cli/', import.meta.url));
  for (const name of ['completion', 'enter', 'ls', 'pid', 'probe', 'ps', 'run', 'seccomp']) {
    assert.ok(commands.includes(`${name}.js`));
    const {status, stdout} = tryNamespawn(name, '--help');
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`^Usage: namespawn ${name} `));
  }
});

test('run --help shows its switches in groups', () => {
  const {stdout} = tryNamespawn('run', '--help');
  const groups = ['Namespaces', 'Users and groups', 'File system', 'Rights', 'Scheduling', 'Init', 'Options'];
  const places = groups.map(name => stdout.indexOf(`\n${name}`));
  assert.ok(
    places.every((place, index) => place > (places[index - 1] ?? 0)),
    `${places}`,
  );
  assert.doesNotMatch(stdout, /--\w+-file </);
});
