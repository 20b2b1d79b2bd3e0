// Finds a kernel: a Debian package by its name, which is downloaded and unpacked once, or a vmlinuz by its path.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync} from 'node:fs';
import path from 'node:path';
import {downloadPackage, VmError} from './packages.mjs';

/**
 * @typedef {{name: string, image: string, release: string, modules: string | undefined}} Kernel
 * `image` is the vmlinuz, `modules` its folder of modules
 */

/**
 * @param {string} name the name of a package, or the path of a vmlinuz (any name with a slash)
 * @param {{modules?: string | undefined, cache: string}} options
 * @returns {Kernel}
 */
export function findKernel(name, {modules, cache}) {
  if (!name.includes('/')) return packagedKernel(name, cache);
  if (!existsSync(name)) throw new VmError(`there is no kernel ${name}`);
  const release = path.basename(name).replace(/^vmlinuz-/, '');
  const folder = modules ?? `/lib/modules/${release}`;
  if (modules !== undefined && !existsSync(modules)) throw new VmError(`there is no folder of modules ${modules}`);
  return {
    name,
    image: path.resolve(name),
    release: modules === undefined ? release : path.basename(path.resolve(modules)),
    modules: existsSync(folder) ? path.resolve(folder) : undefined,
  };
}

function packagedKernel(name, cache) {
  const folder = path.join(cache, 'kernels', name);
  if (!existsSync(folder)) unpackKernel(name, folder);
  const image = readdirSync(path.join(folder, 'boot')).find(file => file.startsWith('vmlinuz-'));
  if (image === undefined) throw new VmError(`${folder} holds no kernel: remove it`);
  const release = image.slice('vmlinuz-'.length);
  // Debian 13 has moved the modules to /usr/lib.
  const modules = ['lib', 'usr/lib'].map(lib => path.join(folder, lib, 'modules', release)).find(existsSync);
  return {name, image: path.join(folder, 'boot', image), release, modules};
}

function unpackKernel(name, folder) {
  console.error(`vm: downloading ${name}`);
  mkdirSync(path.dirname(folder), {recursive: true});
  const work = mkdtempSync(`${folder}.`);
  try {
    unpackPackage(name, work);
    if (!existsSync(path.join(work, 'tree/boot'))) throw new VmError(`the package ${name} holds no kernel`);
    rmSync(path.join(work, 'tree/usr/share'), {recursive: true, force: true});
    // The folder is renamed when it is complete, so that an interrupted download is not used. Another run may have been faster.
    if (!existsSync(folder)) renameSync(path.join(work, 'tree'), folder);
  } finally {
    rmSync(work, {recursive: true, force: true});
  }
}

function unpackPackage(name, work, depth = 0) {
  const download = mkdtempSync(path.join(work, 'download-'));
  downloadPackage(name, download);
  const file = path.join(
    download,
    readdirSync(download).find(entry => entry.endsWith('.deb')),
  );
  execFileSync('dpkg', ['-x', file, path.join(work, 'tree')]);
  if (existsSync(path.join(work, 'tree/boot'))) return;
  // Packages such as linux-image-cloud-amd64 contain only a dependency on the newest kernel of their kind.
  const depends = execFileSync('dpkg', ['-f', file, 'Depends'], {encoding: 'utf8'});
  const next = depends.match(/\blinux-image-[^\s,(|]+/)?.[0];
  if (next !== undefined && depth < 2) unpackPackage(next, work, depth + 1);
}
