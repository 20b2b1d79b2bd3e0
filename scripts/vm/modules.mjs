// Selects kernel modules with their dependencies, and writes the indexes for insmod and modprobe in the VM. depmod is not used, because many
// machines do not have it, and it would index thousands of modules for the few that are needed.
import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import {VmError} from './packages.mjs';

/**
 * @typedef {{name: string, content: Buffer, depends: string[], aliases: string[]}} Module
 */

/**
 * @param {import('./kernel.mjs').Kernel} kernel
 * @param {{required: string[], optional: string[]}} wanted a missing module is an error if it is required, otherwise it is left out
 * @returns {Module[]} in the order in which they can be inserted
 */
export function pickModules(kernel, {required, optional}) {
  const files = kernel.modules === undefined ? new Map() : indexModules(kernel.modules);
  const builtIn = builtInModules(kernel);
  const picked = new Map();
  const pick = (name, neededBy) => {
    if (picked.has(name)) return;
    const file = files.get(name);
    if (file === undefined) {
      if (builtIn.has(name) || neededBy === 'optional') return;
      throw new VmError(`the kernel ${kernel.release} has no module ${name} (${neededBy})`);
    }
    const content = readModule(file);
    const depends = moduleInfo(content, 'depends').flatMap(value => value.split(',').filter(Boolean).map(canonical));
    for (const dependency of depends) pick(dependency, `${name} depends on it`);
    picked.set(name, {name, content, depends, aliases: moduleInfo(content, 'alias')});
  };
  for (const name of required) pick(canonical(name), 'asked for');
  for (const name of optional) pick(canonical(name), 'optional');
  return [...picked.values()];
}

/** Returns the two indexes of modprobe, for a folder that contains the modules as NAME.ko. */
export function moduleIndexes(modules) {
  const byName = new Map(modules.map(module => [module.name, module]));
  const needs = ({depends}) => depends.flatMap(name => (byName.has(name) ? [name, ...needs(byName.get(name))] : []));
  const depends = modules.map(module => {
    const needed = new Set(needs(module));
    // modprobe inserts the modules from the last to the first.
    const files = modules.filter(({name}) => needed.has(name)).map(({name}) => `${name}.ko`);
    return `${module.name}.ko: ${files.reverse().join(' ')}`.trimEnd();
  });
  const aliases = modules.flatMap(module => module.aliases.map(alias => `alias ${alias} ${module.name}`));
  return {'modules.dep': `${depends.join('\n')}\n`, 'modules.alias': `${aliases.join('\n')}\n`};
}

// The file name of a module may contain dashes; its name contains underscores instead.
function canonical(name) {
  return name.replaceAll('-', '_');
}

function indexModules(folder) {
  const files = readdirSync(folder, {recursive: true}).filter(file => /\.ko(\.(xz|zst|gz))?$/.test(file));
  return new Map(files.map(file => [canonical(path.basename(file).replace(/\.ko.*$/, '')), path.join(folder, file)]));
}

function builtInModules(kernel) {
  const list = path.join(kernel.modules ?? '', 'modules.builtin');
  // A kernel without a folder of modules is assumed to have everything built in. If it has not, the VM reports it.
  if (kernel.modules === undefined || !existsSync(list)) return {has: () => true};
  const lines = readFileSync(list, 'utf8').split('\n').filter(Boolean);
  return new Set(lines.map(line => canonical(path.basename(line, '.ko'))));
}

function readModule(file) {
  if (file.endsWith('.gz')) return gunzipSync(readFileSync(file));
  const program = file.endsWith('.xz') ? 'xz' : file.endsWith('.zst') ? 'zstd' : undefined;
  if (program === undefined) return readFileSync(file);
  return execFileSync(program, ['-dc', file], {maxBuffer: 256 << 20});
}

// The section .modinfo consists of NUL-terminated "key=value" strings.
function moduleInfo(content, key) {
  const text = content.toString('latin1');
  return [...text.matchAll(new RegExp(`\\0${key}=([^\\0]*)`, 'g'))].map(match => match[1]);
}
