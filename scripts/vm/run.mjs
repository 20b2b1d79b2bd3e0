// Performs one run: boots a kernel with the commands, passes on their output, and returns how the run has ended.
import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {chooseAccelerator} from './accelerator.mjs';
import {commandScript} from './command.mjs';
import {buildInitramfs} from './initramfs.mjs';
import {findKernel} from './kernel.mjs';
import {judge} from './outcome.mjs';
import {needPrograms, VmError} from './packages.mjs';
import {QEMU, runMachine} from './qemu.mjs';
import {report, saveResult, say} from './report.mjs';

export const DEFAULTS = {
  kernel: 'linux-image-cloud-amd64',
  memory: 2048,
  cpus: 2,
  timeout: 300,
  cache: '.cache/vm',
};

/**
 * @typedef {object} VmOptions
 * @property {string} [kernel] a Debian package, or a path of a vmlinuz
 * @property {string} [kernelModules] the folder of modules of a kernel given by path
 * @property {string} [append] additional kernel parameters
 * @property {number} [memory] in MB
 * @property {number} [cpus]
 * @property {'auto' | 'kvm' | 'tcg'} [accel]
 * @property {string[]} [programs] additional programs of this machine
 * @property {string[]} [modules] additional kernel modules
 * @property {{from: string, to: string, wanted?: (file: string) => boolean}[]} [copies]
 * @property {import('./command.mjs').Command[]} commands
 * @property {number} [timeout] in seconds, for the boot and all commands
 * @property {string} [cache]
 * @property {boolean} [nothingLeft] whether a process that a command leaves running is a failure
 * @property {boolean} [showConsole] prints the console even if the run was successful
 * @property {boolean} [tellFirstOutput] prints when the first command has written something
 * @property {string} [name] the name under which the result is stored; default: the name of the kernel
 * @property {{stdout: {write: Write}, stderr: {write: Write}}} [streams] the streams for output; default: those of this process
 * @typedef {(chunk: string | Buffer) => void} Write
 */

/**
 * @param {VmOptions} options
 * @returns {Promise<number>} the exit status: of the first command that failed, 124 at the time limit, 125 where the VM itself failed
 */
export async function runInVm(options) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  // The programs in the VM are those of this machine.
  if (process.arch !== 'x64') throw new VmError(`the VM is x86-64, and this machine is ${process.arch}`);
  needPrograms({[QEMU]: 'qemu-system-x86', busybox: 'busybox-static'});
  const settings = {...DEFAULTS, ...options, cache: path.resolve(options.cache ?? DEFAULTS.cache)};
  const {cache, commands, cpus, memory} = settings;
  const {stdout, stderr} = settings.streams ?? process;
  mkdirSync(cache, {recursive: true});
  writeFileSync(path.join(cache, '.gitignore'), '*\n');
  const kernel = findKernel(settings.kernel, {modules: settings.kernelModules, cache});
  const accel =
    settings.accel === undefined || settings.accel === 'auto' ? await chooseAccelerator(kernel, cache) : settings.accel;
  const folder = runFolder(cache);
  const abort = new AbortController();
  const interrupted = onInterrupt(() => abort.abort());
  try {
    const initramfs = path.join(folder, 'initramfs.cpio');
    buildInitramfs(
      {
        kernel,
        programs: settings.programs ?? [],
        modules: settings.modules ?? [],
        copies: settings.copies ?? [],
        commands: commands.map(command => ({name: command.name, script: commandScript(command)})),
        cache,
      },
      initramfs,
    );
    say(`Linux ${kernel.release} under ${accel}, ${memory} MB, ${cpus} CPUs (prepared in ${seconds()})`, stderr);
    const seen = {results: [], console: []};
    const timeoutMs = settings.timeout * 1000;
    let isSilent = settings.tellFirstOutput ?? false;
    const machine = await runMachine(
      {image: kernel.image, initramfs, accel, memory, cpus, append: settings.append ?? '', timeoutMs},
      {
        stdout: bytes => {
          if (isSilent) say(`first output (at ${seconds()})`, stderr);
          isSilent = false;
          stdout.write(bytes);
        },
        stderr: bytes => stderr.write(bytes),
        console: line => {
          seen.console.push(line);
          if (settings.showConsole) stderr.write(`console: ${line}\n`);
        },
        result: line => {
          seen.results.push(line);
          if (/^(begin|end)/.test(line)) say(`${line} (at ${seconds()})`, stderr);
          if (line.startsWith('left ')) say(`left running: ${line.slice('left '.length)}`, stderr);
        },
      },
      abort.signal,
    );
    if (interrupted.status !== undefined) return interrupted.status;
    const outcome = judge({
      commands: commands.map(({name}) => name),
      ...seen,
      machine,
      timeoutMs,
      nothingLeft: settings.nothingLeft ?? false,
    });
    report(outcome, seen.console, stderr);
    saveResult(path.join(cache, 'results'), settings.name ?? path.basename(kernel.name), {
      kernel,
      accel,
      outcome,
      ...seen,
    });
    return outcome.status;
  } finally {
    interrupted.stop();
    rmSync(folder, {recursive: true, force: true});
  }
}

/** Creates a folder for one run, and removes folders of runs that were killed. */
function runFolder(cache) {
  for (const name of readdirSync(cache)) {
    const pid = name.match(/^run-(\d+)-/)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(path.join(cache, name), {recursive: true, force: true});
  }
  return mkdtempSync(path.join(cache, `run-${process.pid}-`));
}

function onInterrupt(act) {
  const state = {status: undefined, stop};
  const handlers = Object.entries({SIGINT: 130, SIGTERM: 143, SIGHUP: 129}).map(([name, status]) => {
    const handler = () => {
      state.status = status;
      act();
    };
    process.on(name, handler);
    return [name, handler];
  });
  function stop() {
    for (const [name, handler] of handlers) process.off(name, handler);
  }
  return state;
}
