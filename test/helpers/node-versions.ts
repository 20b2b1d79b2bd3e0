// Other versions of Node, which come as npm packages.
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {output} from '../package/programs.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Returns the path of Node's executable, or undefined where there is no way to get it. */
export async function installNode(version: string): Promise<string | undefined> {
  const folder = path.join(root, '.cache/node-versions', version);
  const name = `node-linux-${process.arch}`;
  const node = path.join(folder, 'node_modules', name, 'bin/node');
  if (existsSync(node)) return node;
  mkdirSync(folder, {recursive: true});
  // What npm takes for the project's root. --prefix would do as well, but moves the global configuration away, too.
  writeFileSync(path.join(folder, 'package.json'), '{}');
  try {
    await output('npm', ['install', '--no-save', '--no-package-lock', `${name}@${version}`], {cwd: folder});
  } catch (error) {
    if (/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b/.test(String(error)))
      return undefined;
    throw error;
  }
  return node;
}
