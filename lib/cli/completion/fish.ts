// Generates the completion for fish.
import type {Subcommand, Switch, Value} from './describe.js';

/** Returns the script. */
export function fish(commands: readonly Subcommand[]): string {
  const withCommand = commands.filter(({argument}) => argument === 'command');
  const counts = new Map(
    withCommand
      .flatMap(({switches}) => switches)
      .flatMap(({names, values}) => names.map(name => [name, values.length])),
  );
  const withValues = (count: number): string =>
    [...counts]
      .filter(([, values]) => values === count)
      .map(([name]) => ` =${name}`)
      .join('');
  return `# fish completion for namespawn, printed by: namespawn completion fish
# Prints the command behind the switches of a subcommand, if it has begun. The = keeps fish from taking -- as a switch of its own.
function __namespawn_command
    set -l tokens (commandline -opc) (commandline -ct)
    set -e tokens[1..2]
    while set -q tokens[1]
        switch =$tokens[1]
            case${withValues(1)}
                set -e tokens[1]
            case${withValues(2)}
                set -e tokens[1..2]
            case${withValues(3)}
                set -e tokens[1..3]
            case =--
                set -e tokens[1]
                break
            case '=-*'
            case '*'
                break
        end
        set -e tokens[1]
    end
    set -q tokens[1]; or return 1
    string join0 -- $tokens
    return 0
end
function __namespawn_complete_command
    __fish_complete_subcommand --commandline (__namespawn_command | string split0)
end
complete -c namespawn -f
complete -c namespawn -n __fish_use_subcommand -l help -d 'display help'
complete -c namespawn -n __fish_use_subcommand -l version -d 'print the version'
${commands.flatMap(subcommand).join('\n')}
`;
}

function subcommand({name, description, switches, argument}: Subcommand): string[] {
  const start = `complete -c namespawn -n __fish_use_subcommand -a ${name} -d ${quote(description)}`;
  const chosen = `__fish_seen_subcommand_from ${name}`;
  const when = (condition: string) => `complete -c namespawn -n ${quote(condition)}`;
  if (argument !== 'command') {
    const own = argument === undefined ? [] : [`${when(chosen)} ${action(argument)}`];
    return [start, ...switches.map(each => `${when(chosen)} ${describeSwitch(each)}`), ...own];
  }
  const before = `${chosen}; and not __namespawn_command >/dev/null`;
  const behind = `${chosen}; and __namespawn_command >/dev/null`;
  return [
    start,
    ...switches.map(each => `${when(before)} ${describeSwitch(each)}`),
    `${when(behind)} -x -a ${quote('(__namespawn_complete_command)')}`,
  ];
}

function describeSwitch({names, description, values: [value]}: Switch): string {
  const flags = names.map(name => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...flags, ...(value === undefined ? [] : ['-r', action(value)]), '-d', quote(description)].join(' ');
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
