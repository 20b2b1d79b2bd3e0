// What bwrap(1) makes of its switches, for comparisons.
import {execFileSync, type StdioOptions} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {programs} from './root.js';

// Each file: its type, mode, size (of files and links) and what a link contains; and whether a folder can be written to.
export const walk = `
find / -path /usr -prune -o -path /proc -prune -o -path '/lib*' -prune -o -path /dev/pts/ptmx -prune -o -type l -printf '%p %y %l\\n' \\
  -o -type f -printf '%p %y %m %s\\n' -o -printf '%p %y %m\\n' | sort
find / -path /usr -prune -o -path /proc -prune -o -type d -print | sort | while read -r one; do
  test -w "$one" && test "$one" != /dev/pts && echo "$one writable"
done
true`;

/** The switches for the programs of the host. */
export const programSwitches: readonly string[] = programs().flatMap(mount =>
  mount.type === 'symlink'
    ? ['--symlink', mount.target, mount.destination]
    : ['--ro-bind', mount.destination, mount.destination],
);

/** Runs a script by bubblewrap with the programs of the host. */
export function byBubblewrap(script: string, switches: readonly string[], stdio: StdioOptions = 'pipe'): string {
  const all = [...programSwitches, ...switches, '--unshare-pid', '--proc', '/proc', 'sh', '-c', script];
  // In its /dev/shm only the caller may write; and what it makes above a destination has the mode 0700.
  return execFileSync('bwrap', all, {encoding: 'utf8', cwd: '/', stdio}).replace('/dev/shm d 755', '/dev/shm d 1777');
}

/** Makes a folder with a file, a folder and a link. */
export function makeFolder(directory: string): string {
  const folder = path.join(directory, 'folder');
  mkdirSync(path.join(folder, 'deep'), {recursive: true});
  writeFileSync(path.join(folder, 'file'), 'content', {mode: 0o644});
  symlinkSync('file', path.join(folder, 'link'));
  return folder;
}
