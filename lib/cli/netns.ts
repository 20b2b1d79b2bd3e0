// namespawn netns: network namespaces by name, with the words and the output of ip-netns(8).
import {constants} from 'node:os';
import type {Command} from 'commander';
import {netns} from '../netns/index.js';
import type {NetnsInfo} from '../netns/types.js';
import type {NamespacedProcess} from '../start/process/namespaced-process.js';
import {exitWith, parseNumber, reporting} from './output.js';
import {forwardSignals} from './signals.js';
import {UsageError} from './words.js';

/** Adds the subcommand `namespawn netns`, and its own subcommands. */
export function addNetns(program: Command): void {
  const group = program
    .command('netns')
    .description('network namespaces by name, as ip-netns(8) has them')
    .enablePositionalOptions();
  const add = (name: string, description: string): Command => group.command(name).description(description);
  const print = (lines: readonly string[]): unknown => process.stdout.write(lines.map(line => `${line}\n`).join(''));

  group
    .command('list', {isDefault: true})
    .alias('ls')
    .description('list the names')
    .action(reporting(() => void print(netns.list().map(describe))));
  add('add', 'make a network namespace and give it a name')
    .argument('<name>')
    .action(reporting((name: string) => netns.add(name)));
  add('attach', 'give a name to the network namespace of a process')
    .argument('<name>')
    .argument('<pid>', 'the process', parseNumber)
    .action(reporting((name: string, pid: number) => netns.attach(name, pid)));
  add('delete', 'take a name away')
    .alias('del')
    .argument('[name]')
    .option('-a, --all', 'all names')
    .action(
      reporting((name: string | undefined, {all}: {all?: boolean}) => {
        for (const each of chosen(name, all)) netns.delete(each);
      }),
    );
  add('identify', 'print the names of the network namespace of a process; without PID, of this one')
    .argument('[pid]', 'the process', parseNumber)
    .action(reporting((pid: number | undefined) => void print(netns.identify(pid))));
  add('pids', 'print the processes that live in a network namespace')
    .argument('<name>')
    .action(reporting((name: string) => void print(netns.pids(name).map(String))));
  add('set', 'give a network namespace an id in that of the caller')
    .argument('<name>')
    .argument('<id>', "a number, or 'auto'")
    .action(reporting((name: string, id: string) => netns.set(name, id === 'auto' ? id : parseNumber(id))));
  add('list-id', 'list the ids of network namespaces: list-id [target-nsid ID] [nsid ID]')
    .argument('[words...]')
    .action(reporting((words: string[]) => void print(listIds(words))));
  add('monitor', 'print names as they are added and deleted').action(
    reporting(async () => {
      for await (const {event, name} of netns.monitor()) print([`${event} ${name}`]);
    }),
  );
  add('exec', 'run a command in a network namespace')
    .usage('[-a] NAME COMMAND [ARG...]')
    .argument('<words...>', 'the name (not with -a), the command and its arguments')
    .option('-a, --all', 'in each network namespace that has a name, one after another')
    .passThroughOptions()
    .action(
      reporting(async (words: string[], {all}: {all?: boolean}) => {
        const [command, ...args] = all ? words : words.slice(1);
        if (command === undefined) throw new UsageError('a command is missing');
        for (const name of chosen(words[0], all)) {
          if (all) print(['', `netns: ${name}`]);
          exitWith(await exec(name, command, args));
        }
      }),
    );
}

/** A line of `ip netns list`. */
function describe({name, netnsid}: NetnsInfo): string {
  return netnsid === undefined ? name : `${name} (id: ${netnsid})`;
}

function chosen(name: string | undefined, all: boolean | undefined): string[] {
  if (all) return netns.list().map(info => info.name);
  if (name === undefined) throw new UsageError('a name is missing');
  return [name];
}

/** The lines of `ip netns list-id`. */
function listIds(words: readonly string[]): string[] {
  const options: {target?: number; id?: number} = {};
  for (let index = 0; index < words.length; index += 2) {
    const number = parseNumber(words[index + 1] ?? '');
    if (words[index] === 'target-nsid') options.target = number;
    else if (words[index] === 'nsid') options.id = number;
    else throw new UsageError(`unknown word '${words[index]}': there are target-nsid and nsid`);
  }
  return netns.listIds(options).map(({netnsid, ownNetnsid, name}) => {
    const current = options.target === undefined || ownNetnsid === undefined ? '' : ` current-nsid ${ownNetnsid}`;
    return `nsid ${netnsid}${current}${name === undefined ? '' : ` (iproute2 netns name: ${name})`}`;
  });
}

/** Runs a command, and returns its exit status as a shell has it. */
function exec(name: string, command: string, args: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let child: NamespacedProcess | undefined;
    forwardSignals(() => child!, {});
    child = netns.exec(name, command, args, {stdio: 'inherit'});
    child.on('error', reject);
    child.on('close', (code: number | null, signal: NodeJS.Signals | null) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}
