// systemMounts() and homeMount(): programs of the host in an empty root.
import assert from 'node:assert/strict';
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';
import {
  homeMount,
  type Mount,
  type PreparedRoot,
  type PrepareRootOptions,
  prepareRoot,
  runInNamespace,
  type SpawnOptions,
  type SystemMountsOptions,
  systemMounts,
} from 'namespawn';
import {needsProgram} from '../helpers/requirements.js';
import {mountsInside} from '../helpers/root.js';
import {shell} from '../helpers/shell.js';
import {temporaryDirectory} from '../helpers/temporary.js';

const directory = temporaryDirectory();
const env = {PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/home/user'};

const source = {type: 'file', destination: '/tmp/program.c', content: 'int main(void) { return 0; }\n'} as const;

function options(given?: SystemMountsOptions): SpawnOptions {
  return {root: 'empty', mounts: [...systemMounts(given), homeMount('/home/user'), source], cwd: '/home/user', env};
}

const scripts: Record<string, [args: string[], expected: RegExp]> = {
  node: [['-p', '6 * 7'], /^42$/],
  python3: [['-c', 'import ssl, tempfile; tempfile.NamedTemporaryFile(); print(6 * 7)'], /^42$/],
  gcc: [['-xc', '-o', '/tmp/program', '/tmp/program.c'], /^$/],
  git: [['init', 'repository'], /home\/user\/repository/],
  bash: [['-c', 'cat <<<$((6 * 7))'], /^42$/],
  java: [['--version'], /Runtime Environment/],
};

let prepared: PreparedRoot;
before(async () => {
  const {root, mounts} = options() as PrepareRootOptions;
  prepared = await prepareRoot({root, mounts});
});
after(() => prepared.close());

const places: Readonly<Record<string, () => SpawnOptions>> = {
  'in an empty root': options,
  'in a prepared root': () => ({...options(), root: prepared, mounts: undefined}),
  'in the root of the host, read-only': () => {
    const mounts: Mount[] = [
      {type: 'tmpfs', destination: '/tmp'},
      source,
      {type: 'directory', destination: '/tmp/home/user'},
    ];
    return {root: 'readonly', mounts, cwd: '/tmp/home/user', env: {...env, HOME: '/tmp/home/user'}};
  },
};

for (const [place, given] of Object.entries(places)) {
  for (const [program, [args, expected]] of Object.entries(scripts)) {
    test(`${program} works ${place}`, {skip: needsProgram(program)}, async t => {
      const found = await shell(`command -v ${program} || true`, given());
      if (found === '') return t.skip(`needs ${program} in /usr`);
      const {stdout} = await runInNamespace(program, args, given());
      assert.match(stdout.trim(), expected);
    });
  }
}

test('/etc has the user of the command alone', async () => {
  const {name, home} = {name: 'somebody', home: '/home/some'};
  const given = {name, home, uid: process.geteuid!(), gid: process.getegid!()};
  assert.equal(
    await shell('id -un; id -gn; cut -d: -f1 /etc/passwd; cd ~somebody 2>&1 | head -1 | wc -l', options(given)),
    'somebody\nsomebody\nsomebody\nnobody\n1',
  );
  assert.equal(await shell('ls /etc/shadow /etc/resolv.conf 2>&1 | grep -c "No such"', options({network: false})), '2');
});

test('nothing but /tmp, /dev, /proc and the home can be written to', async () => {
  const writable = (await mountsInside(options())).filter(({options: flags}) => !flags.includes('ro'));
  const points = writable.map(({point}) => point).filter(point => !/^\/(dev|proc|tmp)(\/|$)/.test(point));
  assert.deepEqual(points, ['/', '/home/user']);
});

test('a home of the caller, and names that are refused', async () => {
  const home = path.join(directory, 'home');
  mkdirSync(home);
  writeFileSync(path.join(home, 'file'), 'text');
  const mounts = [...systemMounts(), homeMount('/home/user', home)];
  assert.equal(await shell('cat file', {root: 'empty', mounts, cwd: '/home/user'}), 'text');
  for (const wrong of [{name: 'a:b'}, {home: ''}, {name: 'a\nb'}, {uid: -1}, {network: 1}, {user: 'x'}]) {
    assert.throws(() => systemMounts(wrong as SystemMountsOptions), {code: /^ERR_/});
  }
});
