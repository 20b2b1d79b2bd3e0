// Runs commands whose output is compared with the results of the library.
import {execFileSync, spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Runs `namespawn` and returns its output. */
export function namespawn(...args: string[]): string {
  return execFileSync(process.execPath, [main, ...args], {encoding: 'utf8'});
}

/** Runs `namespawn`, which may fail. */
export function tryNamespawn(...args: string[]) {
  const {status, stdout, stderr} = spawnSync(process.execPath, [main, ...args], {encoding: 'utf8'});
  return {status, stdout, stderr};
}

/** A row of `lsns --json --output-all`. */
export interface LsnsRow {
  ns: number;
  type: string;
  nprocs: number;
  pid: number;
  ppid: number;
  command: string;
  netnsid: string | null;
  nsfs: string | null;
  pns: number;
  ons: number;
}

/** Returns the namespaces that lsns(8) lists. */
export function lsns(): LsnsRow[] {
  const text = execFileSync('lsns', ['--json', '--output-all'], {encoding: 'utf8'});
  return (JSON.parse(text) as {namespaces: LsnsRow[]}).namespaces;
}
