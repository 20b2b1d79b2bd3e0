// Packs the package and its dependencies, and installs them elsewhere.
import assert from 'node:assert/strict';
import {copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {output} from './programs.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));
export const prebuilds = `prebuilds/linux-${process.arch}`;

export interface Packed {
  /** A new temporary folder, which the caller removes. */
  folder: string;
  tarball: string;
  /** The tarballs of all that it depends on. */
  dependencies: string[];
}

/** Packs the package as it is published, with the prebuild of this machine. */
export async function pack(): Promise<Packed> {
  const folder = mkdtempSync(path.join(tmpdir(), 'namespawn-package-'));
  const tarballs = (): string[] =>
    readdirSync(folder)
      .filter(name => name.endsWith('.tgz'))
      .map(name => path.join(folder, name));
  const args = ['pack', '--silent', '--pack-destination', folder];
  await output('npm', args, {cwd: root});
  const tarball = tarballs()[0]!;
  const folders = productionPackages();
  await output('npm', [...args, '--ignore-scripts', ...folders.map(name => `./${name}`)], {cwd: root});
  const dependencies = tarballs().filter(file => file !== tarball);
  assert.equal(dependencies.length, folders.length);
  return {folder, tarball, dependencies};
}

/** Installs a tarball of the package in a new app, and returns the folder of the app. */
export async function install(
  {folder, dependencies}: Packed,
  name: string,
  tarball: string,
  {flags = [], env}: {flags?: string[]; env: NodeJS.ProcessEnv},
): Promise<string> {
  const app = path.join(folder, name);
  mkdirSync(app);
  writeFileSync(path.join(app, 'package.json'), '{"name": "app", "type": "module"}');
  await output('npm', ['install', '--offline', ...flags, tarball, ...dependencies], {cwd: app, env});
  return app;
}

/** Fails if the package does not work in an app. */
export async function works(app: string, env: NodeJS.ProcessEnv): Promise<void> {
  copyFileSync(fileURLToPath(new URL('smoke.js', import.meta.url)), path.join(app, 'smoke.js'));
  assert.equal(await output('node', ['smoke.js'], {cwd: app, env}), 'ok\n');
  const cli = path.join(app, 'node_modules/.bin/namespawn');
  assert.equal(await output(cli, ['run', '--', 'sh', '-c', 'echo $$'], {cwd: app, env}), '2\n');
}

/** Returns the folders of all dependencies of the package, including indirect ones. */
function productionPackages(): string[] {
  const {packages} = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, {dev?: boolean}>;
  };
  return Object.keys(packages).filter(name => name !== '' && packages[name]!.dev !== true);
}
