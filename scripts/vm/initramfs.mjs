// Builds the file system of the VM: an initramfs that consists of three archives. The first contains the programs, which rarely change and
// are cached, the second the kernel's modules, and the third the copied folders and the commands of this run.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {CpioWriter} from './cpio.mjs';
import {moduleIndexes, pickModules} from './modules.mjs';
import {collectPrograms, fingerprint} from './programs.mjs';

export const TESTER = {name: 'tester', uid: 1000, home: '/home/tester'};
const INIT = fileURLToPath(new URL('guest/init.sh', import.meta.url));
// These modules are required, because output and results are sent through their ports.
const CHANNEL_MODULES = ['virtio_pci', 'virtio_console'];
// The kernel of the VM loads these modules when they are needed.
const USUAL_MODULES = ['overlay', 'veth', 'bridge', 'dummy', 'tun', 'macvlan', 'fuse', 'loop'];

/**
 * @param {object} run
 * @param {import('./kernel.mjs').Kernel} run.kernel
 * @param {string[]} run.programs additional programs
 * @param {string[]} run.modules additional modules
 * @param {{from: string, to: string, wanted?: (file: string) => boolean}[]} run.copies
 * @param {{name: string, script: string}[]} run.commands
 * @param {string} run.cache
 * @param {string} file the archive to write
 */
export function buildInitramfs({kernel, programs, modules, copies, commands, cache}, file) {
  copyFileSync(cachedBase(programs, cache), file);
  const archive = new CpioWriter(file);
  addModules(archive, kernel, modules);
  for (const {from, to, wanted} of copies) archive.tree(to, from, wanted);
  commands.forEach(({script}, index) => {
    archive.file(`/vm/commands/${index}`, script, {mode: 0o755});
  });
  archive.file('/vm/names', commands.map(({name}) => `${name}\n`).join(''));
  archive.close();
}

function addModules(archive, kernel, wanted) {
  const modules = pickModules(kernel, {required: [...CHANNEL_MODULES, ...wanted], optional: USUAL_MODULES});
  const folder = `/usr/lib/modules/${kernel.release}`;
  for (const {name, content} of modules) archive.file(`${folder}/${name}.ko`, content);
  for (const [name, text] of Object.entries(moduleIndexes(modules))) archive.file(`${folder}/${name}`, text);
  archive.file('/vm/modules', [...CHANNEL_MODULES, ...wanted].map(name => `${name}\n`).join(''));
}

function cachedBase(extra, cache) {
  const files = collectPrograms(extra);
  const hash = createHash('sha256');
  for (const source of [INIT, fileURLToPath(import.meta.url)]) hash.update(readFileSync(source));
  for (const line of fingerprint(files)) hash.update(`${line}\n`);
  const folder = path.join(cache, 'bases');
  const base = path.join(folder, `${hash.digest('hex').slice(0, 16)}.cpio`);
  mkdirSync(folder, {recursive: true});
  if (existsSync(base)) {
    utimesSync(base, new Date(), new Date());
  } else {
    const unfinished = `${base}.${process.pid}`;
    try {
      writeBase(files, unfinished);
      renameSync(unfinished, base);
    } finally {
      rmSync(unfinished, {force: true});
    }
    prune(folder);
  }
  return base;
}

function writeBase(files, file) {
  const archive = new CpioWriter(file);
  for (const folder of ['bin', 'sbin', 'lib', 'lib64']) archive.symlink(`/${folder}`, `usr/${folder}`);
  for (const folder of [
    '/proc',
    '/sys',
    '/dev',
    '/run',
    '/newroot',
    '/mnt',
    '/usr/local/bin',
    '/usr/lib64',
    '/var/tmp',
  ]) {
    archive.directory(folder);
  }
  archive.directory('/root', {mode: 0o700});
  archive.directory(TESTER.home, {mode: 0o755, uid: TESTER.uid, gid: TESTER.uid});
  archive.directory('/tmp', {mode: 0o1777});
  // The kernel opens it as the standard streams of init before devtmpfs is mounted.
  archive.characterDevice('/dev/console', 5, 1);
  archive.file('/init', readFileSync(INIT), {mode: 0o755});
  for (const [name, from] of files) archive.file(name, readFileSync(from), {mode: modeOf(from)});
  addApplets(archive, files);
  for (const [name, text] of Object.entries(etcFiles())) archive.file(`/etc/${name}`, text);
  archive.close();
}

function modeOf(file) {
  return statSync(file).mode & 0o7777;
}

// This folder is last in PATH, so that busybox is used for programs that this machine does not have.
function addApplets(archive, files) {
  const applets = execFileSync(files.get('/usr/bin/busybox'), ['--list'], {encoding: 'utf8'}).match(/\S+/g);
  for (const applet of applets) archive.symlink(`/usr/lib/busybox/${applet}`, '/usr/bin/busybox');
  // The kernel runs this path to load modules. This machine's kmod is not used, because it needs an index that only depmod writes.
  archive.symlink('/usr/sbin/modprobe', '/usr/bin/busybox');
}

function etcFiles() {
  const {name, uid, home} = TESTER;
  return {
    passwd: `root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n${name}:x:${uid}:${uid}::${home}:/bin/bash\n`,
    group: `root:x:0:\ntty:x:5:\nnogroup:x:65534:\n${name}:x:${uid}:\n`,
    subuid: `${name}:100000:65536\n`,
    subgid: `${name}:100000:65536\n`,
    hosts: '127.0.0.1 localhost vm\n::1 localhost\n',
    hostname: 'vm\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
  };
}

// Removes old archives: each has over 100 MB, and each update of the system creates a new one.
function prune(folder) {
  const bases = readdirSync(folder).map(name => path.join(folder, name));
  const byAge = bases.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const old of byAge.slice(3)) rmSync(old, {force: true});
}
