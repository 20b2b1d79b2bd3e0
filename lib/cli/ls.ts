// namespawn ls: lists the namespaces of the machine.
import {writeFileSync} from 'node:fs';
import {type Command, InvalidArgumentError, Option} from 'commander';
import {NamespaceError} from '../errors/errors.js';
import {listNamespaces, type NamespaceInfo} from '../inspect/list-namespaces.js';
import {type NamespaceNode, namespaceTree} from '../inspect/tree.js';
import {ESRCH} from '../shared/kernel.js';
import {type NamespaceType, namespaceTypes} from '../shared/namespace-types.js';
import {htmlPage} from './html.js';
import {parseNumber, reporting, type TableColumn, table, writeJson} from './output.js';
import {keptBy} from './references.js';
import {drawTree} from './tree.js';

interface Options {
  type?: NamespaceType[];
  pid?: number;
  json?: boolean;
  tree?: boolean;
  all?: boolean;
  threads?: boolean;
  html?: string;
  proc?: string;
}

/** Adds the subcommand `namespawn ls`. */
export function addLs(program: Command): void {
  program
    .command('ls')
    .description('list namespaces: those in which processes live, and those that something else keeps alive')
    .addOption(
      new Option('-t, --type <type...>', 'list only namespaces of these types, for example pid,user')
        .choices(namespaceTypes)
        .argParser(collectTypes),
    )
    .option('-p, --pid <pid>', 'list only the namespaces of this process', parseNumber)
    .option('-J, --json', 'write JSON, as documented in docs/inspection.md')
    .option('-T, --tree', 'draw the hierarchy, with the processes in it')
    .option('-a, --all', "draw also the machine's own namespaces and processes, which --tree only counts")
    .option('--threads', 'list also namespaces in which only a thread lives')
    .option('--html <file>', 'write a page that draws the namespaces and their processes; - is standard output')
    .option('--proc <mount>', 'read this mount of procfs instead of /proc')
    .action(reporting(ls));
}

function ls({type, pid, json, tree, all, html, threads, proc}: Options): void {
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
  const namespaces = listNamespaces({types: type, pid, threads, proc});
  if (json) writeJson({namespaces});
  else process.stdout.write(table(columns, namespaces));
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

const columns: TableColumn<NamespaceInfo>[] = [
  {title: 'NS', value: ({id}) => id, align: 'right'},
  {title: 'TYPE', value: ({type}) => type},
  {title: 'NPROCS', value: ({processes}) => processes, align: 'right'},
  {title: 'PID', value: ({pid}) => pid, align: 'right'},
  {title: 'USER', value: ({user}) => user},
  {title: 'PARENT', value: ({parent}) => parent, align: 'right'},
  {title: 'OWNER', value: ({owner}) => owner, align: 'right'},
  {title: 'COMMAND', value: info => info.command ?? keptBy(info.references)},
];
