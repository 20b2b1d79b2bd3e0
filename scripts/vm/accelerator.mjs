// Chooses KVM if it works, otherwise TCG. It is not enough that /dev/kvm can be opened: inside another VM, KVM may refuse a register, or the
// machine may hang. So the kernel is booted under KVM once, and the result is cached.
import {accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {CpioWriter} from './cpio.mjs';
import {findProgram} from './packages.mjs';
import {runMachine} from './qemu.mjs';

const TRY_MS = 10_000;

/**
 * @param {import('./kernel.mjs').Kernel} kernel
 * @param {string} cache
 * @returns {Promise<'kvm' | 'tcg'>}
 */
export async function chooseAccelerator(kernel, cache) {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch {
    return 'tcg';
  }
  const file = path.join(cache, 'kvm.json');
  const key = `${kernel.image} on Linux ${os.release()}, ${os.cpus()[0]?.model}`;
  const known = readAnswers(file);
  if (known[key] === undefined) {
    known[key] = await bootsUnderKvm(kernel);
    mkdirSync(cache, {recursive: true});
    writeFileSync(file, `${JSON.stringify(known, undefined, 2)}\n`);
  }
  return known[key] ? 'kvm' : 'tcg';
}

function readAnswers(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

async function bootsUnderKvm(kernel) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'namespawn-vm-'));
  try {
    const initramfs = path.join(folder, 'initramfs.cpio');
    const archive = new CpioWriter(initramfs);
    archive.characterDevice('/dev/console', 5, 1);
    archive.file('/busybox', readFileSync(findProgram('busybox')), {mode: 0o755});
    archive.file('/init', '#!/busybox sh\necho kvm works\n/busybox poweroff -f\n', {mode: 0o755});
    archive.close();
    let works = false;
    const ignored = () => {};
    const machine = {
      image: kernel.image,
      initramfs,
      accel: 'kvm',
      memory: 512,
      cpus: 2,
      append: '',
      timeoutMs: TRY_MS,
    };
    await runMachine(machine, {
      result: ignored,
      stdout: ignored,
      stderr: ignored,
      console: line => {
        works ||= line.includes('kvm works');
      },
    });
    return works;
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}
