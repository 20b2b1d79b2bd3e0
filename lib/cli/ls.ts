// namespawn ls: lists the namespaces of the machine.
import {writeFileSync} from 'node:fs';
import {type Command, InvalidArgumentError, Option} from 'commander';
import {NamespaceError} from '../errors/errors.js';
import {listNamespaces} from '../inspect/list-namespaces.js';
import type {NamespaceInfo} from '../inspect/namespace-info.js';
import {type NamespaceNode, namespaceTree} from '../inspect/tree.js';
import {ESRCH} from '../shared/kernel.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {htmlPage} from './html.js';
import {parseNumber, reporting, type TableColumn, table, writeJson} from './output.js';
import {keptBy} from './references.js';
import {drawTree} from './tree.js';
import {UsageError} from './words.js';

interface Options {
  type?: NamespaceType[];
  pid?: number;
  json?: boolean;
  tree?: boolean;
  all?: boolean;
  threads?: boolean;
  html?: string;
  proc?: string;
  output?: string;
  noheadings?: boolean;
  raw?: boolean;
  persistent?: boolean;
}

/** Adds the subcommand `namespawn ls`. */
export function addLs(program: Command): void {
  program
    .command('ls')
    .description('list namespaces: those in which processes live, and those that something else keeps alive')
    .argument('[namespace]', 'list only the namespace with this id (inode number)', parseId)
    .addOption(
      new Option('-t, --type <type...>', 'list only namespaces of these types, for example pid,user')
        .choices(namespaceTypes)
        .argParser(collectTypes),
    )
    .option('-p, --pid <pid>', 'list only the namespaces of this process', parseNumber)
    .option('-o, --output <list>', `the columns to print, separated by commas: ${Object.keys(allColumns).join(' ')}`)
    .option('-n, --noheadings', 'print no titles of columns')
    .option('-r, --raw', 'print for programs: cells are not aligned, and a space is \\x20')
    .option('-P, --persistent', 'list only namespaces in which no process lives')
    .option('-J, --json', 'write JSON, as documented in docs/inspection.md')
    .option('-T, --tree', 'draw the hierarchy, with the processes in it')
    .option('-a, --all', "draw also the machine's own namespaces and processes, which --tree only counts")
    .option('--threads', 'list also namespaces in which only a thread lives')
    .option('--html <file>', 'write a page that draws the namespaces and their processes; - is standard output')
    .option('--proc <mount>', 'read this mount of procfs instead of /proc')
    .action(reporting(ls));
}

function ls(id: number | undefined, options: Options): void {
  const {type, pid, json, tree, all, html, threads, proc, persistent} = options;
  if (html !== undefined) {
    const page = htmlPage(namespaceTree({threads, proc}));
    if (html === '-') process.stdout.write(page);
    else writeFileSync(html, page);
    return;
  }
  if (tree) {
    const found = namespaceTree({threads, proc});
    if (pid !== undefined && !hasProcess(found.pid, pid)) throw new NamespaceError({errno: ESRCH, step: 'source'});
    if (json) writeJson(found);
    else process.stdout.write(drawTree(found, {types: type, pid, all}));
    return;
  }
  const namespaces = listNamespaces({types: type, pid, threads, proc})
    .filter(info => id === undefined || info.id === id)
    .filter(info => !persistent || info.processes === 0);
  if (json) writeJson({namespaces});
  else process.stdout.write(table(chosenColumns(options.output), namespaces, options));
}

/** Parses the id of a namespace, which is larger than a PID can be. */
function parseId(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Adds the types of a list such as pid,user to those of earlier words. */
function collectTypes(text: string, earlier: NamespaceType[] = []): NamespaceType[] {
  return [...earlier, ...text.split(',').map(toType)];
}

function toType(word: string): NamespaceType {
  const type = namespaceTypes.find(name => name === word);
  if (type === undefined) throw new InvalidArgumentError(`The types are ${namespaceTypes.join(', ')}.`);
  return type;
}

function hasProcess(nodes: readonly NamespaceNode[], pid: number): boolean {
  return nodes.some(({members, children}) => members.some(member => member.pid === pid) || hasProcess(children, pid));
}

function chosenColumns(list: string | undefined): TableColumn<NamespaceInfo>[] {
  const names = list === undefined ? usual : list.split(',').map(name => name.trim().toUpperCase());
  return names.map(name => {
    const column = allColumns[name];
    if (column === undefined)
      throw new UsageError(`unknown column '${name}': there are ${Object.keys(allColumns).join(' ')}`);
    return {title: name, ...column};
  });
}

const usual = ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'PARENT', 'OWNER', 'COMMAND'];

/** The columns of lsns(8), and ours by the names of the properties. */
const allColumns: Record<string, Omit<TableColumn<NamespaceInfo>, 'title'>> = {
  NS: {value: ({id}) => id, align: 'right'},
  TYPE: {value: ({type}) => type},
  PATH: {value: ({path}) => path},
  NPROCS: {value: ({processes}) => processes, align: 'right'},
  PID: {value: ({pid}) => pid, align: 'right'},
  PPID: {value: ({ppid}) => ppid, align: 'right'},
  UID: {value: ({uid}) => uid, align: 'right'},
  USER: {value: ({user}) => user},
  NETNSID: {value: ({netnsid}) => netnsid, align: 'right'},
  NSFS: {value: ({mounts}) => mounts.join(',') || undefined},
  PNS: {value: ({parent}) => parent, align: 'right'},
  ONS: {value: ({owner}) => owner, align: 'right'},
  PARENT: {value: ({parent}) => parent, align: 'right'},
  OWNER: {value: ({owner}) => owner, align: 'right'},
  OWNERUID: {value: ({ownerUid}) => ownerUid, align: 'right'},
  COMMAND: {value: info => info.command ?? keptBy(info.references)},
};
