// Generates the completion for fish.
import type {Subcommand, Switch, Value} from './describe.js';

/** Returns the script. */
export function fish(commands: readonly Subcommand[]): string {
  return `# fish completion for namespawn, printed by: namespawn completion fish
complete -c namespawn -f
complete -c namespawn -n __fish_use_subcommand -l help -d 'display help'
complete -c namespawn -n __fish_use_subcommand -l version -d 'print the version'
${commands.flatMap(subcommand).join('\n')}
`;
}

function subcommand({name, description, switches, argument}: Subcommand): string[] {
  const here = `complete -c namespawn -n ${quote(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `complete -c namespawn -n __fish_use_subcommand -a ${name} -d ${quote(description)}`,
    ...switches.map(each => `${here} ${describeSwitch(each)}`),
    ...(argument === undefined ? [] : [`${here} ${describeArgument(argument)}`]),
  ];
}

function describeSwitch({names, description, value}: Switch): string {
  const flags = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...(value === undefined ? [] : ['-r', action(value)]), '-d', quote(description)].join(' ');
}

function describeArgument(argument: Value | 'command'): string {
  return argument === 'command' ? `-a ${quote('(__fish_complete_subcommand --fcs-skip=2)')}` : action(argument);
}

function action(value: Value): string {
  if (value === 'word') return '-f';
  if (value === 'file') return '-F';
  if (value === 'pid') return `-f -a ${quote('(__fish_complete_pids)')}`;
  return `-f -a ${quote(value.choices.join(' '))}`;
}

/** Quotes a text for fish, in whose quotes a backslash quotes a quote. */
function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}
