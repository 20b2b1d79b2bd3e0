// The generated pages are up to date, and every example in a document works.
import assert from 'node:assert/strict';
import {execFile, execFileSync, spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, describe, test} from 'node:test';
import {promisify} from 'node:util';
import {Ajv} from 'ajv';
import {runInNamespace} from 'namespawn';
import {createProgram} from '../../dist/cli/program.js';
import {blocks, languages, root} from '../helpers/documents.js';
import {needsProgram} from '../helpers/requirements.js';

const generated = {
  api: 'docs/api.md',
  errors: 'docs/errors.md',
  differences: 'docs/differences.md',
  schema: 'schema.json',
};
for (const [script, file] of Object.entries(generated)) {
  test(`${file} is up to date`, () => {
    // The error of the script says which script to run.
    execFileSync(process.execPath, [`scripts/${script}.mjs`, '--check'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });
}

test('a public name, a member or an option without documentation makes the check of docs/api.md fail', t => {
  const copy = mkdtempSync(path.join(tmpdir(), 'namespawn-api-'));
  t.after(() => rmSync(copy, {recursive: true}));
  for (const folder of ['scripts', 'dist', 'docs'])
    cpSync(path.join(root, folder), path.join(copy, folder), {recursive: true});
  for (const name of ['node_modules', 'package.json', 'build'])
    symlinkSync(path.join(root, name), path.join(copy, name));
  const check = () => spawnSync(process.execPath, [path.join(copy, 'scripts/api.mjs'), '--check'], {encoding: 'utf8'});
  assert.deepEqual([check().stderr, check().status], ['', 0]);
  for (const [file, name, declaration] of [
    ['start/spawn.d.ts', 'spawnInNamespace has no documentation', 'export declare function spawnInNamespace'],
    ['shared/events.d.ts', 'Usage.userCPUTime has no documentation', 'userCPUTime: number'],
    ['features/hostname.d.ts', 'hostname has no declaration with a comment', 'hostname?: '],
  ] as const) {
    const page = path.join(copy, 'dist', file);
    const text = readFileSync(page, 'utf8');
    const end = text.indexOf(declaration);
    writeFileSync(page, text.slice(0, text.lastIndexOf('/**', end)) + text.slice(end));
    const {status, stderr} = check();
    assert.equal(status, 1, name);
    assert.match(stderr, new RegExp(name));
    writeFileSync(page, text);
  }
});

test('each block is of a language that is checked here', () => {
  // 'ts' are the declarations of docs/api.md, which are generated. GitHub draws the diagrams.
  assert.deepEqual([...languages()].sort(), ['console', 'js', 'json', 'mermaid', 'sh', 'ts']);
});

test('each file of JSON is one for --config', () => {
  const validate = new Ajv({allowUnionTypes: true}).compile(
    JSON.parse(readFileSync(path.join(root, 'schema.json'), 'utf8')),
  );
  for (const {place, text} of blocks('json')) {
    assert.ok(validate(JSON.parse(text)), `${place}: ${JSON.stringify(validate.errors)}`);
  }
});

describe('docs/coming-from.md', () => {
  const page = readFileSync(path.join(root, 'docs/coming-from.md'), 'utf8');
  const rows = page
    .split('\n')
    .filter(line => /^\| `|^\| .*\|$/.test(line))
    .map(line => line.split(' | '));
  const switchesIn = (text = ''): string[] => text.match(/--[a-z][\w-]*/g) ?? [];
  const commands = createProgram().commands;
  const known = commands.flatMap(({options}) => options.map(({long}) => long));

  test('names switches that exist', () => {
    const named = rows.flatMap(([of = '', here = '']) => [
      ...(here.startsWith('the same') ? switchesIn(of) : []),
      ...switchesIn(here),
    ]);
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter(name => !known.includes(name)),
      [],
    );
  });

  test('has every switch of bwrap', {skip: needsProgram('bwrap')}, () => {
    const help = execFileSync('bwrap', ['--help'], {encoding: 'utf8'});
    const all = [...help.matchAll(/^ {4}(--[\w-]+)/gm)].map(([, name]) => name!);
    const named = new Set(rows.flatMap(([of]) => switchesIn(of)));
    // What every program has.
    const missing = all.filter(name => !named.has(name) && !['--help', '--version'].includes(name));
    assert.deepEqual(missing, []);
  });
});

describe('programs', () => {
  // Below the project, so that the name of the package is found.
  const folder = mkdtempSync(path.join(root, 'dist-test/examples-'));
  after(() => rmSync(folder, {recursive: true}));
  const programs = blocks('js').map(({place, text}, index) => {
    // A module that another example runs begins with its name. It is plain JavaScript.
    const [, module] = /^\/\/ (\S+)\.js\n/.exec(text) ?? [];
    const name = module ?? `example-${index}`;
    writeFileSync(path.join(folder, module === undefined ? `${name}.ts` : `${name}.js`), text);
    return {place, name, isModule: module !== undefined};
  });

  test('compile in strict TypeScript', () => {
    const settings = {
      extends: path.join(root, 'tsconfig.test.json'),
      compilerOptions: {rootDir: '.', outDir: '.', noUnusedLocals: false, sourceMap: false},
      include: ['.'],
      exclude: [],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(settings));
    const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
    execFileSync(process.execPath, [compiler, '-p', folder], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit']});
  });

  for (const {place, name, isModule} of programs) {
    if (isModule) continue;
    test(`${place} runs to its end`, {timeout: 120_000}, async () => {
      const {stdout} = await promisify(execFile)(process.execPath, [`${name}.js`], {cwd: folder});
      assert.notEqual(stdout, '');
    });
  }
});

describe('sessions', () => {
  const main = path.join(root, 'dist/cli/main.js');
  const prelude = `npx() { "$@"; }; namespawn() { '${process.execPath}' '${main}' "$@"; }; exec 2>&1;`;
  // PIDs, ids and times are others each time.
  const normal = (text: string): string =>
    text
      .replace(/\d+(:\d+)*/g, 'N')
      .replace(/ +/g, ' ')
      .trim();

  for (const {place, text} of blocks('console')) {
    const [, command, shown] = /^\$ (.*)\n([\s\S]*)$/.exec(text)!;
    test(`${place} shows the output`, async () => {
      // A limit that an example shows is set in a user namespace of its own.
      const limit = /user\.(max_\w+) is 0/.exec(shown!)?.[1];
      const setLimit = limit === undefined ? '' : `echo 0 >/proc/sys/user/${limit};`;
      const {stdout} = await runInNamespace('sh', ['-c', `${setLimit} ${prelude} ${command}`], {
        ...(limit === undefined ? {} : {namespaces: ['user', 'pid', 'mnt'], uidMap: 'root'}),
        cwd: root,
        reject: false,
      });
      assert.equal(normal(stdout), normal(shown!));
    });
  }
});

describe('commands', () => {
  const {scripts, bin} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    bin: Record<string, string>;
  };
  const isGenerated = (file: string): boolean => file.startsWith('dist-test/');

  for (const {place, text} of blocks('sh')) {
    test(`${place} names commands that exist`, () => {
      execFileSync('sh', ['-n', '-c', text]);
      for (const line of text.split('\n').filter(Boolean)) {
        const words = line.replace(/ #.*/, '').trim().split(/\s+/);
        const [command, first, second] = words;
        if (command === 'npm')
          assert.ok(scripts[first === 'run' ? second! : first!] ?? ['ci', 'install'].includes(first!), line);
        else if (command === 'npx') assert.ok(bin[first!], line);
        else if (command === 'namespawn') assert.ok(bin[command], line);
        const files = words.filter(word => /^[\w./-]+\.(m?js|sh|ts)$/.test(word));
        // What namespawn-vm copies is its working directory.
        const base = path.join(root, /--copy (\S+):/.exec(line)?.[1] ?? '');
        for (const file of files)
          assert.ok(isGenerated(file) || existsSync(path.join(base, file)), `${line}: no ${file}`);
      }
    });
  }
});
