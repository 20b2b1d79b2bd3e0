// namespawn run --config, and its JSON schema.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import {describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {Ajv} from 'ajv';
import {configNames} from '../../dist/cli/config.js';
import {tryNamespawn} from '../helpers/commands.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const schema = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('namespawn/schema.json'), 'utf8'));
const file = path.join(temporaryDirectory(), 'config.json');

/** Runs with a file of these options. */
function run(config: unknown, ...words: string[]) {
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return tryNamespawn('run', '--config', file, ...words);
}

function outputOf(config: unknown, ...words: string[]): string {
  const {status, stdout, stderr} = run(config, ...words);
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
}

const show = ['--', 'sh', '-c', 'hostname; cat /tmp/a; cat /tmp/b 2>&-; umask; pwd'];
const example = {
  $schema: './node_modules/namespawn/schema.json',
  command: 'sh',
  args: ['-c', 'hostname; cat /tmp/a; umask; pwd; echo $WORD; echo "$0"'],
  namespaces: ['pid', 'mnt', 'uts', 'user'],
  hostname: 'inside',
  mounts: [
    {type: 'tmpfs', destination: '/tmp', size: '1m'},
    {type: 'file', destination: '/tmp/a', content: 'text\n', mode: 0o600},
  ],
  umask: '027',
  cwd: '/tmp',
  env: {WORD: 'word', PATH: '/usr/bin:/bin'},
  rlimits: {nofile: 64, core: {soft: 0, hard: 0}},
  nice: 5,
  capabilities: ['NET_RAW'],
  init: {waitForAll: true},
};

describe('--config', () => {
  test('has the command and the options', () => {
    assert.equal(outputOf(example), 'inside\ntext\n0027\n/tmp\nword\nsh\n');
  });

  test('switches go over it; types and mounts are added; a command replaces it', () => {
    const words = [
      '--hostname',
      'switch',
      '--umask',
      '077',
      '--chdir',
      '/',
      '--mount',
      'type=file,destination=/tmp/b,content=more',
    ];
    assert.equal(outputOf({...example, env: undefined}, ...words, ...show), 'switch\ntext\nmore0077\n/\n');
    const {stderr} = run({namespaces: ['pid', 'mnt']}, '--uts', '-v', '--', 'true');
    for (const type of ['pid', 'mnt', 'uts']) assert.match(stderr, new RegExp(`made the ${type} namespace`));
  });

  test('is read from standard input for -', () => {
    const config = JSON.stringify({command: 'echo', args: ['a b']});
    assert.equal(
      execFileSync(process.execPath, [main, 'run', '--config', '-'], {input: config, encoding: 'utf8'}),
      'a b\n',
    );
  });

  const wrong: [config: unknown, message: RegExp, words?: string[]][] = [
    ['{', /config\.json: .*JSON/],
    [[], /config\.json: it must be an object of options/],
    [{hostnam: 'x'}, /config\.json: "hostnam" is unknown: the nearest option is "hostname"/],
    ['{"__proto__": {}}', /config\.json: "__proto__" is unknown/],
    [{stdio: 'inherit'}, /config\.json: "stdio" cannot be set in a file/],
    [{command: 1}, /"command" must be a text/],
    [{args: [1]}, /"args" must be an array of texts/],
    [{mounts: {}}, /"mounts" must be an array/],
    [{}, /missing required argument 'command'/, []],
    [{nice: 50}, /^namespawn: "nice" of \S*config\.json must be .*, and is 50/],
    [{mounts: [{type: 'tmpfs'}]}, /^namespawn: "mounts\[0\]" of \S*config\.json: destination is missing/],
    [
      {mounts: [{type: 'bind', source: '/missing', destination: '/tmp'}]},
      /ENOENT: .*\(step "mounts\[0\]" of \S*config\.json\)/,
    ],
    [{ioPriority: {class: 'fast'}}, /^namespawn: "ioPriority\.class" of \S*config\.json must be one of/],
    [{root: 5}, /can be made read-only/, ['--read-only', '--', 'true']],
    [{capabilities: 5}, /"capabilities"|capabilities/, ['--cap-add', 'CHOWN', '--', 'true']],
  ];
  for (const [config, message, words = ['--', 'true']] of wrong) {
    test(`refuses ${JSON.stringify(config)}`, () => {
      const {status, stdout, stderr} = run(config, ...words);
      assert.deepEqual([status, stdout], [125, '']);
      assert.match(stderr, message);
      assert.match(stderr, /^namespawn: /);
      assert.doesNotMatch(stderr, /options\.|Received|TypeError/);
    });
  }

  test('a file that does not exist', () => {
    const {status, stderr} = tryNamespawn('run', '--config', '/missing', '--', 'true');
    assert.equal(status, 125);
    assert.match(stderr, /^namespawn: ENOENT.*\/missing/);
  });
});

describe('the schema', () => {
  const validate = new Ajv({allErrors: true, allowUnionTypes: true}).compile(schema);
  const valid: object[] = [
    example,
    {},
    {
      namespaces: {net: 'new', uts: 1, ipc: '/run/ipc', pid: 'inherit'},
      root: {overlay: ['/a', '/b']},
      uidMap: 'subids',
    },
    {
      uidMap: [{containerId: 0, hostId: 1000, size: 1}],
      init: false,
      seccomp: ['default', {defaultAction: 'SCMP_ACT_ALLOW'}],
    },
    {
      root: 'empty',
      mounts: [
        {type: 'dev', destination: '/dev'},
        {type: 'symlink', destination: '/bin', target: 'usr/bin'},
      ],
    },
  ];
  const invalid: object[] = [
    {hostnam: 'x'},
    {stdio: 'inherit'},
    {namespaces: ['network']},
    {root: 'full'},
    {mounts: [{type: 'tmpfs'}]},
    {mounts: [{type: 'bnd', source: '/', destination: '/a'}]},
    {args: 'a'},
    {capabilities: ['NET_RAV']},
  ];
  for (const config of valid) {
    test(`accepts ${JSON.stringify(config).slice(0, 60)}`, () => {
      assert.ok(validate(config), JSON.stringify(validate.errors, null, 1));
    });
  }
  for (const config of invalid) test(`refuses ${JSON.stringify(config)}`, () => assert.equal(validate(config), false));

  test('names the options that a file may have', () => {
    assert.deepEqual(Object.keys(schema.properties).sort(), [...configNames].sort());
  });
});
