#!/usr/bin/env node
// namespawn-vm: runs a command in a virtual machine, as root, on a stock kernel. See docs/vm.md.
import {existsSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {VmError} from './packages.mjs';
import {DEFAULTS, runInVm} from './run.mjs';

const HELP = `Usage: namespawn-vm [OPTION...] [--] COMMAND [ARGUMENT...]

Boots a kernel under qemu with Node and the usual programs, runs COMMAND in it in a copy of the current folder, and exits
as COMMAND did: 124 when the time limit passed, 125 when the VM itself failed.

  --kernel NAME       a Debian package (default ${DEFAULTS.kernel}), or a path of a vmlinuz; may be repeated
  --kernel-modules DIR  the modules of a kernel given by path (default /lib/modules/RELEASE)
  --append TEXT       further kernel command line
  --memory MB         default ${DEFAULTS.memory}
  --cpus N            default ${DEFAULTS.cpus}
  --accel NAME        kvm, tcg, or auto (the default): kvm where it is seen to work
  --timeout SECONDS   for boot and COMMAND, default ${DEFAULTS.timeout}
  --copy FROM[:TO]    a file or folder, to the same path unless said otherwise; default ".:/project"; may be repeated
  --cwd DIR           default /project
  --user NAME         root (the default) or tester, an ordinary user; may be repeated, to run as one after the other
  --env NAME[=VALUE]  an environment variable; without a value, as it is here; may be repeated
  --program NAME      a further program of this machine, with its libraries; may be repeated
  --module NAME       a further kernel module, loaded at boot; may be repeated
  --console           shows the kernel's console too
  --cache DIR         default ${DEFAULTS.cache}
`;

const text = {type: 'string'};
const texts = {type: 'string', multiple: true};
const flag = {type: 'boolean'};

function parse(arguments_) {
  const {values, positionals} = parseArgs({
    args: beforeCommand(arguments_),
    allowPositionals: true,
    options: {
      ...{
        kernel: texts,
        'kernel-modules': text,
        append: text,
        memory: text,
        cpus: text,
        accel: text,
        timeout: text,
      },
      ...{
        copy: texts,
        cwd: text,
        user: texts,
        env: texts,
        program: texts,
        module: texts,
        console: flag,
        cache: text,
      },
      help: flag,
    },
  });
  return {values, argv: positionals};
}

// Options after the command belong to the command, with or without "--".
function beforeCommand(arguments_) {
  const flags = ['--console', '--help'];
  let index = 0;
  while (index < arguments_.length && arguments_[index].startsWith('--') && arguments_[index] !== '--') {
    index += flags.includes(arguments_[index]) || arguments_[index].includes('=') ? 1 : 2;
  }
  if (arguments_[index] === '--') index += 1;
  return [...arguments_.slice(0, index), ...(arguments_[index - 1] === '--' ? [] : ['--']), ...arguments_.slice(index)];
}

function positive(name, value) {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!(number > 0)) throw new VmError(`--${name} takes a number above 0, not ${value}`);
  return number;
}

function oneOf(name, value, allowed) {
  if (allowed.includes(value)) return value;
  throw new VmError(`--${name} is one of ${allowed.join(', ')}, not ${value}`);
}

function copyOf(argument) {
  const [from, to = path.resolve(from)] = argument.split(':');
  if (!existsSync(from)) throw new VmError(`there is no ${from} to copy into the VM`);
  const folder = path.resolve(from);
  // The history of git and this cache are not copied.
  const left = new Set([path.join(folder, '.git'), path.join(folder, '.cache')]);
  return {from: folder, to, wanted: file => !left.has(file)};
}

function variable(argument) {
  const at = argument.indexOf('=');
  return at > 0 ? [argument.slice(0, at), argument.slice(at + 1)] : [argument, process.env[argument] ?? ''];
}

// Makes a text fit on one line of a message.
function shortened(command) {
  const line = command.replace(/\s+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}

async function main() {
  const {values, argv} = parse(process.argv.slice(2));
  if (values.help || argv.length === 0) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const given = {
    kernelModules: values['kernel-modules'],
    append: values.append,
    memory: positive('memory', values.memory),
    cpus: positive('cpus', values.cpus),
    timeout: positive('timeout', values.timeout),
    accel: oneOf('accel', values.accel ?? 'auto', ['auto', 'kvm', 'tcg']),
    programs: values.program,
    modules: values.module,
    copies: (values.copy ?? ['.:/project']).map(copyOf),
    cache: values.cache,
    showConsole: values.console,
    commands: (values.user ?? ['root']).map(user => ({
      name: `${shortened(argv.join(' '))} (as ${oneOf('user', user, ['root', 'tester'])})`,
      argv,
      user,
      ...(values.cwd === undefined ? {} : {cwd: values.cwd}),
      env: Object.fromEntries((values.env ?? []).map(variable)),
    })),
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  let status = 0;
  for (const kernel of values.kernel ?? [DEFAULTS.kernel]) {
    const one = await runInVm({...options, kernel});
    status ||= one;
  }
  return status;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof VmError) && !String(error.code).startsWith('ERR_PARSE_ARGS')) throw error;
  process.stderr.write(`namespawn-vm: ${error.message}\n`);
  process.exitCode = error instanceof VmError ? 125 : 2;
}
