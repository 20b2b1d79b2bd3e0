// namespawn seccomp: explains and compiles profiles of system call filters.
import {readFileSync, writeFileSync} from 'node:fs';
import {Argument, type Command, Option} from 'commander';
import type {SeccompFilter} from '../features/seccomp.js';
import {compileSeccomp} from '../seccomp/compile.js';
import {defaultProfile} from '../seccomp/default-profile.js';
import {explainSeccomp} from '../seccomp/explain.js';
import {readProfile} from '../seccomp/read-profile.js';
import type {SeccompCircumstances, SeccompProfile} from '../seccomp/types.js';
import {reporting, writeJson} from './output.js';
import {UsageError} from './words.js';

interface Switches {
  cap?: string[];
  arch?: 'x64' | 'arm64';
  output?: string;
  json?: boolean;
}

/** Adds the subcommand `namespawn seccomp`. */
export function addSeccomp(program: Command): void {
  program
    .command('seccomp')
    .description('explain a profile of system call filters, or compile it to a program')
    .usage('[options] explain FILE [CALL [ARG...]]\n       namespawn seccomp [options] compile FILE')
    .addArgument(new Argument('<action>', 'what to do').choices(['explain', 'compile']))
    .argument('<file>', "a profile in the JSON of the OCI, or 'default'")
    .argument('[call]', 'explain: the name of a system call. Default: all')
    .argument('[args...]', 'explain: its arguments, as decimal or hexadecimal numbers')
    .option(
      '--cap <names>',
      'the capabilities for the rules that depend on them, such as SYS_ADMIN,SYS_CHROOT',
      toNames,
    )
    .addOption(new Option('--arch <processor>', "the processor. Default: this one's").choices(['x64', 'arm64']))
    .option('-o, --output <file>', 'compile: where to write the program. Default: standard output')
    .option('-J, --json', 'explain: write JSON, as explainSeccomp() returns it')
    .action(reporting(explainOrCompile));
}

/** Reads the filter of `namespawn run --seccomp`: 'default', a profile, or a program. */
export function readFilter(file: string): SeccompFilter {
  if (file === 'default') return file;
  const content = readFileSync(file);
  // No program starts with this byte: it is no class of instructions that a filter may use.
  return content.toString('latin1').trimStart().startsWith('{') ? parseProfile(content, file) : content;
}

function parseProfile(content: Buffer, file: string): SeccompProfile {
  try {
    return JSON.parse(content.toString()) as SeccompProfile;
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function toNames(text: string): string[] {
  return text.split(',').map(name => `CAP_${name.toUpperCase().replace(/^CAP_/, '')}`);
}

function explainOrCompile(
  action: string,
  file: string,
  call: string | undefined,
  args: string[],
  {cap, arch, output, json}: Switches,
): void {
  const profile = file === 'default' ? defaultProfile : parseProfile(readFileSync(file), file);
  const circumstances: SeccompCircumstances = {capabilities: cap, architecture: arch};
  const {ignored, architecture} = readProfile(profile, circumstances, 'profile');
  if (ignored.length > 0) console.error(`namespawn: unknown system calls, which are ignored: ${ignored.join(' ')}`);
  if (action === 'compile') {
    if (call !== undefined) throw new UsageError('compile takes a file only');
    write(compileSeccomp(profile, circumstances), output);
    return;
  }
  const calls = call === undefined ? [...architecture.syscalls.keys()] : [call];
  const numbers = args.length > 0 ? args.map(toNumber) : undefined;
  const explained = calls
    .filter(name => call !== undefined || architecture.syscalls.get(name)?.number !== undefined)
    .map(name => ({call: name, ...explainSeccomp(profile, name, numbers, circumstances)}));
  if (json) writeJson(call === undefined ? explained : explained[0]);
  else process.stdout.write(explained.map(({text}) => `${text}\n`).join(''));
}

function write(program: Buffer, output: string | undefined): void {
  if (output !== undefined) writeFileSync(output, program);
  else if (process.stdout.isTTY) throw new UsageError('a program is not text: use --output FILE');
  else process.stdout.write(program);
}

function toNumber(text: string): bigint {
  if (!/^-?\d+$|^0x[\da-f]+$/i.test(text)) throw new UsageError(`ARG must be a number, and is '${text}'`);
  return BigInt(text);
}
