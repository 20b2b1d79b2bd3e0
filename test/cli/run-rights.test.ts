// namespawn run: the switches for rights and for scheduling.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {runInNamespace, type SpawnOptions} from 'namespawn';
import {namespawn, tryNamespawn} from '../helpers/commands.js';
import {isRoot} from '../helpers/requirements.js';

/** Returns the fields of /proc/self/status inside that a pattern matches. */
const status = (pattern: string, ...switches: string[]): string =>
  namespawn('run', ...switches, '--', 'grep', '-E', pattern, '/proc/self/status');

async function byLibrary(pattern: string, options: SpawnOptions): Promise<string> {
  return (await runInNamespace('grep', ['-E', pattern, '/proc/self/status'], options)).stdout;
}

const sets = '^Cap(Inh|Prm|Eff|Bnd|Amb)';
const user = ['pid', 'mnt', 'user'] as const;
const net = 'NET_RAW';
const root = {namespaces: user, uidMap: 'root'} as const;

describe('capabilities', () => {
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  const all = (1n << BigInt(last + 1)) - 1n;
  /** The effective set inside. */
  const effective = (...switches: string[]): bigint =>
    BigInt(`0x${/CapEff:\s*(\w+)/.exec(status('CapEff', ...switches))![1]}`);
  const NET_RAW = 1n << 13n;
  const CHOWN = 1n;

  const sameAsLibrary: [switches: string[], options: SpawnOptions][] = [
    [['--user', '--cap', 'net_raw,CAP_CHOWN'], {namespaces: user, capabilities: [net, 'CHOWN']}],
    [['--user', '--cap', 'ALL'], {namespaces: user, capabilities: 'all'}],
    [['--user', '--cap', 'NONE'], {namespaces: user, capabilities: 'none'}],
    [['--map-root', '--cap-drop', 'ALL', '--cap-add', net], {...root, capabilities: [net]}],
    [['--map-root', '--cap-drop', 'all'], {...root, capabilities: []}],
    [
      ['--map-root', '--cap', net, '--bounding-set', 'NET_RAW,CHOWN'],
      {...root, capabilities: [net], boundingCapabilities: [net, 'CHOWN']},
    ],
  ];
  for (const [switches, options] of sameAsLibrary) {
    test(switches.join(' '), async () => {
      const types = switches.includes('--user') ? ['--pid', '--mnt'] : ['--pid', '--mnt', '--user'];
      assert.equal(status(sets, ...types, ...switches), await byLibrary(sets, options));
    });
  }

  test('--cap-add and --cap-drop change what the command would have', () => {
    assert.equal(effective('--map-root', '--cap-drop', 'NET_RAW'), all & ~NET_RAW);
    assert.equal(effective('--map-root', '--cap-drop', 'NET_RAW,CHOWN', '--cap-add', 'CHOWN'), all & ~NET_RAW & ~CHOWN);
    assert.equal(effective('--user', '--keep-caps', '--cap-drop', 'CHOWN'), all & ~CHOWN);
    assert.equal(effective('--user', '--cap', 'NET_RAW', '--cap-add', 'CHOWN'), NET_RAW | CHOWN);
    assert.equal(effective('--map-root', '--cap-add', 'ALL', '--cap-drop', 'CHOWN'), all & ~CHOWN);
    // As user 0 of the machine the command would have all.
    if (!isRoot) assert.equal(effective('--user', '--cap-add', 'NET_RAW', '--cap-add', 'CHOWN'), NET_RAW | CHOWN);
  });

  test('names that do not exist are refused', () => {
    for (const name of ['--cap', '--cap-add', '--cap-drop', '--bounding-set']) {
      const {status: exit, stderr} = tryNamespawn('run', '--map-root', name, 'NET_RAV', '--', 'true');
      assert.equal(exit, 125, name);
      assert.match(stderr, /must be one of .*nearest is 'CAP_NET_RAW'/, name);
      assert.doesNotMatch(stderr, /options\./);
    }
  });
});

test('--no-new-privileges', () => {
  assert.match(status('NoNewPrivs', '--no-new-privileges'), /:\s*1$/m);
  assert.match(status('NoNewPrivs'), /:\s*0$/m);
});

test('--umask, --nice, --io-priority, --scheduler and --cpu-affinity', () => {
  const cpu = /Cpus_allowed_list:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!;
  assert.match(
    status('^(Umask|Cpus_allowed_list)', '--umask', '027', '--cpu-affinity', `${cpu}-${cpu},${cpu}`),
    new RegExp(`0027\n.*:\\s*${cpu}\n`),
  );
  const fields = (...switches: string[]): string[] =>
    namespawn('run', ...switches, '--', 'cat', '/proc/self/stat')
      .replace(/^.*\) /, '')
      .split(' ');
  const shown = fields('--nice', '7', '--scheduler', 'batch');
  // proc_pid_stat(5): fields 19 and 41, behind the two that are cut off.
  assert.deepEqual([shown[16], shown[38]], ['7', '3']);
});

test('--io-priority', async () => {
  const {status: exit} = tryNamespawn('run', '--io-priority', 'idle', '--', 'true');
  assert.equal(exit, 0);
  const level = tryNamespawn('run', '--io-priority', 'best-effort:9', '--', 'true');
  assert.equal(level.status, 125);
  assert.match(level.stderr, /^namespawn: --io-priority must be .*, and is 9/);
});

test('--no-core-dumps and --core-dumps', () => {
  const limit = (...switches: string[]): string =>
    namespawn('run', ...switches, '--', 'sh', '-c', 'grep core /proc/self/limits');
  const usual = limit();
  assert.equal(limit('--core-dumps'), usual);
  assert.match(limit('--no-core-dumps'), /core file size\s+1\s+1/);
});

test('--personality', () => {
  assert.equal(
    namespawn('run', '--personality', 'addr_no_randomize', '--', 'cat', '/proc/self/personality'),
    '00040000\n',
  );
});

test('--keyring new', () => {
  const {status: exit, stderr} = tryNamespawn('run', '--keyring', 'new', '--', 'true');
  // A machine without keyrings says so by the name of the switch.
  if (exit !== 0) assert.match(stderr, /\(step --keyring\): .*leave --keyring out/);
  assert.match(tryNamespawn('run', '--keyring', 'old', '--', 'true').stderr, /Allowed choices are new/);
});

test('wrong values are usage errors', () => {
  const wrong: [switches: string[], message: RegExp][] = [
    [['--nice', 'x'], /from -20 to 19/],
    [['--nice', '20'], /--nice must be .*, and is 20/],
    [['--umask', '9'], /--umask must be .*, and is '9'/],
    [['--io-priority', 'fast'], /--io-priority must be one of .*, and is 'fast'/],
    [['--scheduler', 'other:1'], /--scheduler must be left out with 'other'/],
    [['--cpu-affinity', '3-1'], /list of numbers and ranges/],
    [['--cpu-affinity', ''], /list of numbers and ranges/],
    [['--personality', 'NOSUCH'], /--personality must be one of/],
    [['--cap', ','], /list of names/],
  ];
  for (const [switches, message] of wrong) {
    const {status: exit, stderr} = tryNamespawn('run', ...switches, '--', 'true');
    assert.equal(exit, 125, switches.join(' '));
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /options\.|Received/);
  }
});
