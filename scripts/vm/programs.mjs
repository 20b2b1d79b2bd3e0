// Collects the programs for the VM: those of this machine, with the libraries that they are linked with.
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, realpathSync, statSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {findProgram, needPrograms, VmError} from './packages.mjs';

// The init of the VM needs these programs. If this machine lacks one of the others, the VM has busybox's or none.
const REQUIRED = {
  busybox: 'busybox-static',
  bash: 'bash',
  ps: 'procps',
  setpriv: 'util-linux',
  ip: 'iproute2',
};
const OTHERS = `
  sh pgrep pkill kill sysctl free uptime pidof
  unshare nsenter lsns script mount umount setsid findmnt prlimit flock taskset chrt ionice lslocks mountpoint
  su runuser getent newuidmap newgidmap capsh getpcaps setcap getcap
  basename cat chgrp chmod chown chroot cp cut date dd df dirname du echo env expr false head hostname id install link ln
  ls mkdir mkfifo mknod mktemp mv nice nohup nproc od paste printenv printf pwd readlink realpath rm rmdir seq sleep
  sort split stat stdbuf stty sync tail tee test timeout touch tr true truncate tty uname uniq wc whoami yes
  awk find grep sed xargs diff tar gzip git strace`.match(/\S+/g);

// The locale of LANG=C.UTF-8. Without it, ps and other programs do not recognize letters beyond ASCII.
const LOCALE = '/usr/lib/locale/C.utf8';

/**
 * @param {string[]} extra names or paths of additional programs
 * @returns {Map<string, string>} files of this machine, by their path in the VM
 */
export function collectPrograms(extra) {
  needPrograms(REQUIRED);
  const found = new Map();
  const add = (name, file) => found.set(name, file);
  for (const name of [...Object.keys(REQUIRED), ...OTHERS]) {
    const file = findProgram(name);
    if (file !== undefined) add(programPath(file), file);
  }
  for (const name of extra) {
    const file = name.includes('/') ? name : findProgram(name);
    if (file === undefined) throw new VmError(`there is no program ${name} to take into the VM`);
    add(programPath(path.resolve(file)), file);
  }
  add('/usr/bin/node', process.execPath);
  return new Map([...found, ...libraries([...found.values()]), ...localeFiles()]);
}

function localeFiles() {
  if (!existsSync(LOCALE)) return [];
  const names = readdirSync(LOCALE, {recursive: true}).map(name => path.join(LOCALE, name));
  return names.filter(name => statSync(name).isFile()).map(name => [name, name]);
}

/** Returns a key that changes when one of the files changes. */
export function fingerprint(files) {
  return [...files].map(([name, file]) => {
    const {size, mtimeMs, mode} = statSync(file);
    return [name, realpathSync(file), size, mtimeMs, mode].join(' ');
  });
}

// In the VM /bin, /sbin and /lib are links to those in /usr, as in Debian.
function guestPath(file) {
  return file.replace(/^\/(bin|sbin|lib|lib64)\//, '/usr/$1/');
}

// The folder of a version manager would not be in the PATH of the VM.
function programPath(file) {
  const name = guestPath(file);
  return /^\/usr\/(local\/)?s?bin\//.test(name) ? name : `/usr/bin/${path.basename(file)}`;
}

function libraries(programs) {
  // ldd exits with 1 if one of the programs is static, and prints that for each such program.
  const {stdout, error} = spawnSync('ldd', programs, {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
  if (error) throw new VmError(`ldd: ${error.message}`);
  const missing = stdout.match(/^\s*\S+ => not found/m);
  if (missing) throw new VmError(`a program for the VM lacks a library here: ${missing[0].trim()}`);
  const found = [...stdout.matchAll(/^\s+(?:\S+ => )?(\/\S+) \(0x/gm)].map(match => match[1]);
  return new Map(found.map(file => [guestPath(file), file]));
}
