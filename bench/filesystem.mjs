// Measures what a file system of its own costs a command, from spawn to exit, beside child_process.spawn, the defaults of this package, and
// bwrap(1) with the same mounts. Then it measures a prepared root and the defaults again with more mounts on the host, in a mount namespace of
// this program's own, which needs root.
// usage: node bench/filesystem.mjs [ROUNDS] [MOUNTS]
import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmdirSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {prepareRoot, spawnInNamespace, systemMounts} from 'namespawn';
import {buildTrue, measure} from './measure.mjs';

const rounds = Number(process.argv[2] ?? 500);
const more = Number(process.argv[3] ?? 1000);
const command = buildTrue();
// The working directory exists in every root.
const common = {stdio: 'ignore', cwd: '/'};
const mounts = [...systemMounts(), {type: 'bind', source: command, destination: '/true', readOnly: true}];
const readonly = {root: 'readonly', mounts: [{type: 'tmpfs', destination: '/tmp'}]};
const prepared = await prepareRoot({root: 'empty', mounts});

const own = {
  'child_process.spawn': () => spawn(command, common),
  defaults: () => spawnInNamespace(command, common),
  "'readonly', /tmp": () => spawnInNamespace(command, {...common, ...readonly}),
  "'empty', systemMounts()": () => spawnInNamespace('/true', {...common, root: 'empty', mounts}),
  [`PreparedRoot (${prepared.way})`]: () => spawnInNamespace('/true', {...common, root: prepared}),
};

/** The same for bwrap. It takes files by descriptors, so those of this package are the host's here. */
function bwrapArguments() {
  const flags = mounts.flatMap(({type, source, destination, target, optional}) => {
    if (type === 'bind') return [optional ? '--ro-bind-try' : '--ro-bind', source, destination];
    if (type === 'file') return ['--ro-bind', destination, destination];
    if (type === 'symlink') return ['--symlink', target, destination];
    return [`--${type}`, destination];
  });
  return ['--unshare-pid', ...flags, '--proc', '/proc', '/true'];
}

const bwrap = {};
if (spawnSync('bwrap', ['--version']).error === undefined) {
  const readonlyFlags = ['--unshare-pid', '--ro-bind', '/', '/', '--dev-bind', '/dev', '/dev', '--proc', '/proc'];
  bwrap["bwrap, 'readonly', /tmp"] = () => spawn('bwrap', [...readonlyFlags, '--tmpfs', '/tmp', command], common);
  bwrap["bwrap, 'empty', the same mounts"] = () => spawn('bwrap', bwrapArguments(), common);
}

function show(title, results) {
  const plain = results['child_process.spawn'].exit;
  const defaults = results.defaults.exit;
  console.log(`\n${title}: medians of ${rounds}, in microseconds`);
  console.table(
    Object.fromEntries(
      Object.entries(results).map(([name, {exit, stall}]) => [
        name,
        {
          'spawn to exit': Math.round(exit),
          'to child_process': (exit / plain).toFixed(2),
          'to defaults': (exit / defaults).toFixed(2),
          'loop held': Math.round(stall),
        },
      ]),
    ),
  );
}

const mountCount = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').length - 1;

/** Runs this program in a mount namespace of its own, with more mounts. */
function runWithMoreMounts() {
  const folder = mkdtempSync(path.join(tmpdir(), 'namespawn-bench-'));
  mkdirSync(path.join(folder, 'mounts'));
  const script = `
    mount --make-rprivate / && mount -t tmpfs tmpfs "$0/mounts" && cd "$0/mounts"
    for i in $(seq ${more - mountCount()}); do mkdir $i; mount -t tmpfs tmpfs $i; done
    cd / && exec "$1" "$2" ${rounds}`;
  const file = fileURLToPath(import.meta.url);
  try {
    const env = {...process.env, NAMESPAWN_BENCH_MOUNTS: 'more'};
    execFileSync('unshare', ['-m', 'sh', '-c', script, folder, process.execPath, file], {env, stdio: 'inherit'});
  } finally {
    rmdirSync(path.join(folder, 'mounts'));
    rmdirSync(folder);
  }
}

if (process.env.NAMESPAWN_BENCH_MOUNTS === undefined) {
  show(`${mountCount()} mounts on the host`, await measure({...own, ...bwrap}, rounds));
  if (process.getuid() === 0) runWithMoreMounts();
} else {
  show(`${mountCount()} mounts on the host`, await measure(own, rounds));
}
prepared.close();
