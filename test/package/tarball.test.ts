// The published tarball: its contents, and that it works when it is installed. Nothing is downloaded, because the dependencies are packed from
// node_modules/.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {output} from './programs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const prebuilds = `prebuilds/linux-${process.arch}`;

describe('the tarball', () => {
  let folder: string;
  let tarball: string;
  let dependencies: string[];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'namespawn-package-'));
    const pack = ['pack', '--silent', '--pack-destination', folder];
    await output('npm', pack, {cwd: root});
    tarball = findTarballs()[0]!;
    const folders = productionPackages();
    await output('npm', [...pack, '--ignore-scripts', ...folders.map(name => `./${name}`)], {cwd: root});
    dependencies = findTarballs().filter(file => file !== tarball);
    assert.equal(dependencies.length, folders.length);
  });

  after(() => rmSync(folder, {recursive: true, force: true}));

  test('contains what it should, and nothing else', async () => {
    const held = (await output('tar', ['-tzf', tarball], {cwd: root}))
      .trim()
      .replaceAll(/^package\//gm, '')
      .split('\n');
    const compiled = filesIn('lib').map(file => file.replace(/^lib/, 'dist').replace(/\.ts$/, '.js'));
    const expected = [
      ...[
        'package.json',
        'README.md',
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'SECURITY.md',
        'LICENSE',
        'binding.gyp',
        'scripts/install.mjs',
      ],
      ...[`${prebuilds}/namespawn.glibc.node`, `${prebuilds}/nsinit`],
      ...compiled,
      ...filesIn('src-native'),
      ...filesIn('scripts/vm'),
      ...filesIn('docs'),
      ...filesIn('examples'),
    ];
    // Those that the public ones need, which the compiler says in an installation.
    const isDeclaration = (file: string): boolean => /^dist\/(?!cli\/).*\.d\.ts$/.test(file);
    const missing = expected.filter(file => !held.includes(file));
    const unexpected = held.filter(file => !expected.includes(file) && !isDeclaration(file));
    assert.deepEqual({missing, unexpected}, {missing: [], unexpected: []});
  });

  test('its links lead to files that it holds', async () => {
    const contents = path.join(folder, 'contents');
    mkdirSync(contents);
    await output('tar', ['-xzf', tarball, '-C', contents, '--strip-components', '1'], {cwd: root});
    const names = readdirSync(contents, {recursive: true}) as string[];
    for (const page of names.filter(name => name.endsWith('.md'))) {
      const text = readFileSync(path.join(contents, page), 'utf8');
      for (const [, link] of text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)) {
        const file = path.join(contents, path.dirname(page), link!);
        assert.ok(existsSync(file), `${page} links to ${link}, which is not in the package`);
      }
    }
    for (const name of names.filter(file => file.endsWith('.js'))) {
      assert.doesNotMatch(readFileSync(path.join(contents, name), 'utf8'), /sourceMappingURL/, name);
    }
  });

  test('works without install scripts and without a compiler', async () => {
    const app = await install('prebuilt', tarball, {flags: ['--ignore-scripts'], env: withoutCompiler()});
    assert.ok(!existsSync(path.join(app, 'node_modules/namespawn/build')));
    await works(app, withoutCompiler());
    await compiles(app);
  });

  test('its install script builds nothing if a prebuild fits', async () => {
    const app = await install('fitting', tarball, {env: withoutCompiler()});
    assert.ok(!existsSync(path.join(app, 'node_modules/namespawn/build')));
  });

  test('builds from source if no prebuild fits', async () => {
    const other = await withPrebuildsFor('mips', tarball);
    // Without optimization the compiler takes half of the time.
    const app = await install('from source', other, {env: {...process.env, CXXFLAGS: '-O0'}});
    assert.ok(existsSync(path.join(app, 'node_modules/namespawn/build/Release/namespawn.node')));
    await works(app, process.env);
  });

  function findTarballs(): string[] {
    return readdirSync(folder)
      .filter(name => name.endsWith('.tgz'))
      .map(name => path.join(folder, name));
  }

  async function install(
    name: string,
    file: string,
    {flags = [], env}: {flags?: string[]; env: NodeJS.ProcessEnv},
  ): Promise<string> {
    const app = path.join(folder, name);
    mkdirSync(app);
    writeFileSync(path.join(app, 'package.json'), '{"name": "app", "type": "module"}');
    await output('npm', ['install', '--offline', ...flags, file, ...dependencies], {cwd: app, env});
    return app;
  }

  async function works(app: string, env: NodeJS.ProcessEnv): Promise<void> {
    copyFileSync(fileURLToPath(new URL('smoke.js', import.meta.url)), path.join(app, 'smoke.js'));
    assert.equal(await output('node', ['smoke.js'], {cwd: app, env}), 'ok\n');
    const cli = path.join(app, 'node_modules/.bin/namespawn');
    assert.equal(await output(cli, ['run', '--', 'sh', '-c', 'echo $$'], {cwd: app, env}), '2\n');
  }

  /** Compiles a program against the declarations, and checks these as well. */
  async function compiles(app: string): Promise<void> {
    symlinkSync(path.join(root, 'node_modules/@types'), path.join(app, 'node_modules/@types'));
    const program = "export * from 'namespawn';\nexport * as sys from 'namespawn/sys';\n";
    writeFileSync(path.join(app, 'program.ts'), program);
    const flags = [
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable',
    ];
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    await output(process.execPath, [compiler, ...flags, '--types', 'node', 'program.ts'], {cwd: app});
  }

  /** An environment whose PATH holds what npm and the tests run, and nothing that compiles. */
  function withoutCompiler(): NodeJS.ProcessEnv {
    const bin = path.join(folder, 'bin');
    if (!existsSync(bin)) {
      mkdirSync(bin);
      symlinkSync(process.execPath, path.join(bin, 'node'));
      for (const name of ['npm', 'sh']) symlinkSync(findProgram(name), path.join(bin, name));
    }
    return {PATH: bin, HOME: folder};
  }

  /** Creates a copy of a tarball whose prebuilds are for another architecture. */
  async function withPrebuildsFor(arch: string, file: string): Promise<string> {
    const unpacked = path.join(folder, 'unpacked');
    const copy = path.join(folder, `other.tgz`);
    mkdirSync(unpacked);
    await output('tar', ['-xzf', file, '-C', unpacked], {cwd: root});
    const inside = path.join(unpacked, 'package');
    renameSync(path.join(inside, prebuilds), path.join(inside, `prebuilds/linux-${arch}`));
    await output('tar', ['-czf', copy, '-C', unpacked, 'package'], {cwd: root});
    return copy;
  }
});

/** Returns the folders of all dependencies of the package, including indirect ones. */
function productionPackages(): string[] {
  const {packages} = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, {dev?: boolean}>;
  };
  return Object.keys(packages).filter(name => name !== '' && packages[name]!.dev !== true);
}

function filesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => path.relative(root, path.join(entry.parentPath, entry.name)));
}

function findProgram(name: string): string {
  const found = process.env
    .PATH!.split(':')
    .map(directory => path.join(directory, name))
    .find(file => existsSync(file));
  assert.ok(found, `there is no ${name}`);
  return found;
}
