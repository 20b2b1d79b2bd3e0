// namespawn pid: translates a PID between PID namespaces.
import {type Command, Option} from 'commander';
import {getNamespacePids, translatePid} from '../inspect/translate/translate.js';
import {exitWith, parseNumber, parseTarget, reporting, writeJson} from './output.js';

interface Options {
  in?: string;
  from?: string;
  json?: boolean;
}

/** Adds the subcommand `namespawn pid`. */
export function addPid(program: Command): void {
  const target = 'a PID that lives in the namespace, or a path to it';
  program
    .command('pid')
    .description(
      'print the PID of a process in another PID namespace; without options, its PIDs in all of them, outermost first',
    )
    .argument('<pid>', 'the PID of a process or thread', parseNumber)
    .addOption(new Option('--in <target>', `print its PID in the namespace of TARGET: ${target}`).conflicts('from'))
    .option('--from <target>', `PID is one in the namespace of TARGET; print the PID here: ${target}`)
    .option('-J, --json', 'write JSON, as documented in docs/inspection.md')
    .action(reporting(printPids));
}

function printPids(pid: number, {in: to, from, json}: Options): void {
  const pids =
    to === undefined && from === undefined
      ? getNamespacePids(pid)
      : [translatePid(pid, {to: target(to), from: target(from)})].filter(found => found !== undefined);
  const visible = pids !== undefined && pids.length > 0;
  if (!visible) {
    exitWith(1);
    if (!json) process.stderr.write(`namespawn: no process ${pid} is visible there\n`);
  }
  if (json) writeJson({pid, pids: pids ?? []});
  else if (visible) process.stdout.write(`${pids.join(' ')}\n`);
}

function target(text: string | undefined) {
  return text === undefined ? undefined : parseTarget(text);
}
