// namespawn ps: lists processes and the namespaces in which they live.
import type {Command} from 'commander';
import {listProcesses, type ProcessInfo} from '../inspect/list-processes.js';
import {parseTarget, reporting, type TableColumn, table, writeJson} from './output.js';
import {UsageError} from './words.js';

interface Options {
  columns: string;
  json?: boolean;
  threads?: boolean;
  proc?: string;
}

/** The columns that `-o` accepts. They have the names and titles of ps(1) where ps has the same column. */
const columns: Record<string, TableColumn<ProcessInfo>> = {
  pid: {title: 'PID', value: ({pid}) => pid, align: 'right'},
  tid: {title: 'TID', value: ({tid}) => tid, align: 'right'},
  nspid: {title: 'NSPID', value: ({namespacePid}) => namespacePid, align: 'right'},
  pids: {title: 'PIDS', value: ({pids}) => pids.join(',')},
  ppid: {title: 'PPID', value: ({ppid}) => ppid, align: 'right'},
  state: {title: 'S', value: ({state}) => state},
  uid: {title: 'UID', value: ({uid}) => uid, align: 'right'},
  user: {title: 'USER', value: ({user}) => user},
  nsuid: {title: 'NSUID', value: ({namespaceUid}) => namespaceUid, align: 'right'},
  comm: {title: 'COMMAND', value: ({name}) => name},
  args: {title: 'COMMAND', value: ({command}) => command},
  ...Object.fromEntries(
    (['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const).map(type => [
      `${type}ns`,
      {
        title: `${type.toUpperCase()}NS`,
        value: ({namespaces}: ProcessInfo) => namespaces[type],
        align: 'right' as const,
      },
    ]),
  ),
};

/** Adds the subcommand `namespawn ps`. */
export function addPs(program: Command): void {
  program
    .command('ps')
    .description('list processes with their namespaces')
    .argument('[target]', 'list only processes of this PID namespace: a PID that lives there, or a path to it')
    .option(
      '-o, --columns <list>',
      `the columns to print, separated by commas: ${Object.keys(columns).join(' ')}`,
      'pid,nspid,ppid,state,user,nsuid,args',
    )
    .option('-J, --json', 'write JSON, as documented in docs/inspection.md')
    .option('--threads', 'list also threads whose namespaces differ from those of their process')
    .option('--proc <mount>', 'read this mount of procfs instead of /proc')
    .action(reporting(ps));
}

function ps(target: string | undefined, {columns: list, json, threads, proc}: Options): void {
  const chosen = list.split(',').map(name => {
    const column = columns[name];
    if (column === undefined)
      throw new UsageError(`unknown column '${name}': there are ${Object.keys(columns).join(' ')}`);
    return column;
  });
  const processes = listProcesses(target === undefined ? undefined : parseTarget(target), {threads, proc});
  if (json) writeJson({processes});
  else process.stdout.write(table(chosen, processes));
}
