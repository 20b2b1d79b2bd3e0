// namespawn probe: prints the report of probe().
import type {Command} from 'commander';
import {type ProbeReport, type ProbeResult, probe} from '../probe/probe.js';
import {exitWith, reporting} from './output.js';

/** Adds the subcommand `namespawn probe`. */
export function addProbe(program: Command): void {
  program
    .command('probe')
    .description('try which namespaces can be created here, and print why others cannot')
    .option('-J, --json', 'write the report as JSON')
    .addHelpText(
      'after',
      `
The command creates each namespace as the current user, and leaves nothing behind.

Exit status: 0 if a command can be run in a new pid and a new mnt namespace, which is the default of "namespawn run"; otherwise 1.`,
    )
    .action(reporting(printReport));
}

async function printReport({json}: {json?: boolean}): Promise<void> {
  const report = await probe();
  exitWith(report.works ? 0 : 1);
  process.stdout.write(`${json ? JSON.stringify(report, undefined, 2) : format(report)}\n`);
}

function format({
  kernel,
  architecture,
  node,
  caller,
  namespaces,
  combinations,
  untrusted,
  features,
}: ProbeReport): string {
  const privilege = caller.isPrivileged ? 'with' : 'without';
  const filter = caller.hasSeccompFilter ? ', under a seccomp filter' : '';
  return [
    `Linux ${kernel} ${architecture}, Node ${node}, uid ${caller.uid} ${privilege} CAP_SYS_ADMIN${filter}`,
    section('Namespaces, each by itself', Object.values(namespaces)),
    section('Combinations', combinations),
    section('For untrusted code', untrusted),
    section('Kernel features', features),
  ].join('\n\n');
}

function section(title: string, results: readonly ProbeResult[]): string {
  const width = Math.max(...results.map(({name}) => name.length));
  return [title, ...results.map(result => line(result, width))].join('\n');
}

function line({name, works, code, syscall, step, why, advice}: ProbeResult, width: number): string {
  if (works) return `  ${name.padEnd(width)}  works`;
  const where = [syscall && `in ${syscall}`, step && `(step ${step})`].filter(Boolean).join(' ');
  const indent = `\n${' '.repeat(width + 4)}`;
  return `  ${name.padEnd(width)}  ${['no:', code, where].filter(Boolean).join(' ')}${indent}${why}${advice ? `${indent}${advice}` : ''}`;
}
