// The published tarball: its contents, and that it works when it is installed. Nothing is downloaded, because the dependencies are packed from
// node_modules/.
import assert from 'node:assert/strict';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {install, type Packed, pack, prebuilds, root, works} from './installation.js';
import {output} from './programs.js';

describe('the tarball', () => {
  let folder: string;
  let tarball: string;
  let packed: Packed;

  before(async () => {
    packed = await pack();
    ({folder, tarball} = packed);
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
        'schema.json',
        'scripts/install.mjs',
      ],
      ...[`${prebuilds}/namespawn.glibc.node`, `${prebuilds}/nsinit`],
      ...compiled,
      ...filesIn('src-native'),
      ...filesIn('scripts/vm'),
      ...filesIn('docs'),
      ...filesIn('examples'),
    ];
    // Those that the public ones need: see below.
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
    const app = await install(packed, 'prebuilt', tarball, {flags: ['--ignore-scripts'], env: withoutCompiler()});
    assert.ok(!existsSync(path.join(app, 'node_modules/namespawn/build')));
    await works(app, withoutCompiler());
    await compiles(app);
  });

  test('its install script builds nothing if a prebuild fits', async () => {
    const app = await install(packed, 'fitting', tarball, {env: withoutCompiler()});
    assert.ok(!existsSync(path.join(app, 'node_modules/namespawn/build')));
  });

  /** Compiles a program against the declarations, and checks these as well. The package holds those that the compiler reads, and no others. */
  async function compiles(app: string): Promise<void> {
    symlinkSync(path.join(root, 'node_modules/@types'), path.join(app, 'node_modules/@types'));
    const program = "export * from 'namespawn';\nexport * as sys from 'namespawn/sys';\n";
    writeFileSync(path.join(app, 'program.ts'), program);
    const flags = [
      '--noEmit',
      '--listFiles',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--lib',
      'es2023,esnext.disposable',
    ];
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    const list = await output(process.execPath, [compiler, ...flags, '--types', 'node', 'program.ts'], {cwd: app});
    const read = [...list.matchAll(/node_modules\/namespawn\/(dist\/.*)$/gm)].map(([, file]) => file!);
    const held = readdirSync(path.join(app, 'node_modules/namespawn/dist'), {recursive: true}) as string[];
    const declarations = held.filter(file => file.endsWith('.d.ts')).map(file => `dist/${file}`);
    assert.deepEqual(declarations.sort(), read.sort());
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
});

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
