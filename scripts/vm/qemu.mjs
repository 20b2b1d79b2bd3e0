// Starts a virtual machine and reads its console and its virtio-serial ports, of which there is one each for output, errors and results.
import {spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {findProgram} from './packages.mjs';

export const QEMU = 'qemu-system-x86_64';
// The time that the VM has to list its processes when the time limit has passed.
const LAST_WORDS_MS = 4000;
const COMMAND_LINE = [
  'console=ttyS0 quiet',
  // An oops becomes a panic, and with -no-reboot a panic ends the machine immediately.
  'oops=panic panic=-1',
  // On a busy host the kernel sees too few ticks of the emulated timer, considers it broken, and panics.
  'no_timer_check',
  // Saves two seconds: self-tests of ciphers, and zeroing pages that the initramfs fills anyway.
  'cryptomgr.notests init_on_alloc=0',
].join(' ');
// Avoids what is slow if every instruction is emulated. Together these make programs start five times faster.
const EMULATED = {
  // If the CPU reports a fast "rep movsb", the kernel uses it to copy and clear memory, and the emulation executes it byte by byte.
  cpu: 'max,-erms',
  commandLine: [
    // Translated code is found again only by its address. A program at random addresses would be translated again at each start.
    'norandmaps',
    // Otherwise the kernel would not trust the clocks of the two CPUs, and would read the time from an emulated device.
    'tsc=reliable',
    // Mitigations of vulnerabilities of real CPUs cost time at each indirect call.
    'mitigations=off',
  ].join(' '),
};
const PORTS = ['result', 'stdout', 'stderr'];

/**
 * @typedef {object} Machine
 * @property {string} image the kernel
 * @property {string} initramfs
 * @property {'kvm' | 'tcg'} accel
 * @property {number} memory in MB
 * @property {number} cpus
 * @property {string} append additional kernel parameters
 * @property {number} timeoutMs
 */

/**
 * @param {Machine} machine
 * @param {{result: (line: string) => void, stdout: (bytes: Buffer) => void, stderr: (bytes: Buffer) => void,
 *   console: (line: string) => void}} listeners
 * @param {AbortSignal} [signal] ends the machine
 * @returns {Promise<{timedOut: boolean, exitCode: number | null, signal: string | null, complaint: string}>}
 */
export async function runMachine(machine, listeners, signal) {
  const [program, ...arguments_] = tied([QEMU, ...qemuArguments(machine)]);
  // Node's pipes are socket pairs, which qemu can use directly. So there is no socket file, whose path could be too long.
  const child = spawn(program, arguments_, {
    stdio: ['ignore', 'ignore', 'pipe', ...PORTS.map(() => 'pipe'), 'pipe'],
  });
  const [result, stdout, stderr, console_] = child.stdio.slice(3);
  let complaint = '';
  child.stdio[2].setEncoding('utf8').on('data', text => {
    complaint += text;
  });
  stdout.on('data', listeners.stdout);
  stderr.on('data', listeners.stderr);
  const consoleLines = createInterface({input: console_}).on('line', line => listeners.console(withoutControls(line)));
  let timedOut = false;
  const kill = () => child.kill('SIGKILL');
  const resultLines = createInterface({input: result}).on('line', line => {
    if (line === 'time-limit-shown') kill();
    else listeners.result(line);
  });
  const timer = setTimeout(() => {
    timedOut = true;
    result.write('time is up\n');
    setTimeout(kill, LAST_WORDS_MS).unref();
  }, machine.timeoutMs);
  // Errors of these streams are ignored, because the exit of the machine reports what has happened. readline emits the errors of its input
  // a second time.
  for (const source of [result, stdout, stderr, console_, resultLines, consoleLines]) source.on('error', () => {});
  signal?.addEventListener('abort', kill);
  try {
    const [exitCode, exitSignal] = await new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (...how) => resolve(how));
    });
    return {timedOut, exitCode, signal: exitSignal, complaint: complaint.trim()};
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

// The machine must not outlive the program that has started it, however that program ends.
function tied(command) {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', ...command];
}

function qemuArguments({image, initramfs, accel, memory, cpus, append}) {
  const ports = PORTS.flatMap((name, index) => [
    ...['-chardev', `socket,id=${name},fd=${3 + index}`],
    ...['-device', `virtserialport,chardev=${name},name=${name}`],
  ]);
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    // A kernel of 2022 does not support every feature of today's CPUs. "max" and "host" mean everything that the accelerator supports.
    ...(accel === 'kvm' ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi', '-cpu', EMULATED.cpu]),
    ...['-m', String(memory), '-smp', String(cpus)],
    ...['-kernel', image, '-initrd', initramfs],
    ...['-append', [COMMAND_LINE, ...(accel === 'kvm' ? [] : [EMULATED.commandLine]), append].join(' ').trim()],
    ...['-chardev', `socket,id=console,fd=${3 + PORTS.length}`, '-serial', 'chardev:console'],
    ...['-device', 'virtio-serial-pci', ...ports],
  ];
}

// Removes the escape sequences by which the firmware clears the screen and moves the cursor.
function withoutControls(line) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return line.replace(/\x1b(\[[\d;?]*[A-Za-z]|c)/g, '').replace(/[\x00-\x08\x0b-\x1f]/g, '');
}
