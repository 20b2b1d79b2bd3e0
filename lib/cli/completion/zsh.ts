// Generates the completion for zsh.
import {quote, type Subcommand, type Switch, type Value} from './describe.js';

/** Returns the script. It works in a file of fpath as well as in eval. */
export function zsh(commands: readonly Subcommand[]): string {
  return `#compdef namespawn
# zsh completion for namespawn, printed by: namespawn completion zsh
_namespawn() {
  # The array commands is zsh's own.
  local -a subcommands=(
${commands.map(({name, description}) => `    ${quote(`${name}:${description}`)}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command subcommands
    compadd -- --help --version
    return
  fi
  local name=$words[2]
  shift words
  ((CURRENT--))
  case $name in
${commands.map(subcommand).join('\n')}
  esac
}
if [[ $funcstack[1] == _namespawn ]]; then _namespawn "$@"; else compdef _namespawn namespawn; fi
`;
}

function subcommand({name, switches, argument}: Subcommand): string {
  const specs = [...switches.map(describeSwitch), ...(argument === undefined ? [] : describeArgument(argument))];
  // -S: a word -- ends the switches. -A: nothing behind the first argument is a switch.
  const ends = argument === 'command' ? "-s -S -A '-*'" : '-s -S';
  return `  ${name}) _arguments ${ends} ${specs.map(spec => `\\\n      ${spec}`).join(' ')} ;;`;
}

function describeSwitch({names, description, values}: Switch): string {
  const text = description.replace(/[[\]:\\]/g, '\\$&');
  const argument = values.map(value => `:value:${action(value)}`).join('');
  const all = names.length > 1 ? `'(${names.join(' ')})'{${names.join(',')}}` : quote(names[0]!);
  return `${all}${quote(`[${text}]${argument}`)}`;
}

function describeArgument(argument: Value | 'command'): string[] {
  if (argument !== 'command') return [quote(`:argument:${action(argument)}`)];
  return [quote('(-)1:command: _command_names -e'), quote('*::argument: _normal')];
}

function action(value: Value): string {
  if (value === 'word') return ' ';
  if (value === 'file') return '_files';
  if (value === 'pid') return '_pids';
  return `(${value.choices.join(' ')})`;
}
