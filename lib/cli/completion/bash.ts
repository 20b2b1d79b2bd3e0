// Generates the completion for bash. It works with and without the package bash-completion.
import {quote, type Subcommand, type Switch, type Value} from './describe.js';

/** Returns the script. */
export function bash(commands: readonly Subcommand[]): string {
  return `# bash completion for namespawn, printed by: namespawn completion bash
_namespawn() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} switches= values= argument= place=0 i
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quote(['--help', '--version', ...commands.map(({name}) => name)].join(' '))} -- "$word"))
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.map(subcommand).join('\n')}
  esac
  # The place of the first argument: behind the switches and their values.
  for ((i = 2; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
    --) ((i++)); break ;;
    -*) place=0
      # A switch is followed by a colon for each of its values.
      if [[ $values =~ " \${COMP_WORDS[i]}"(:+)" " ]]; then
        place=$((COMP_CWORD - i))
        before=\${COMP_WORDS[i]}
        ((i += \${#BASH_REMATCH[1]}))
      fi ;;
    *) break ;;
    esac
  done
  if ((i > COMP_CWORD)); then
    case "\${COMP_WORDS[1]} $before $place" in
${commands.flatMap(valuesOf).join('\n')}
    esac
  elif [[ $word == -* ]] && ((i == COMP_CWORD)) && [[ $before != -- ]]; then
    COMPREPLY=($(compgen -W "$switches" -- "$word"))
  elif [[ $argument == command ]]; then
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$i"
    elif declare -F _command_offset >/dev/null; then _command_offset "$i"
    elif ((i == COMP_CWORD)); then COMPREPLY=($(compgen -c -- "$word"))
    else COMPREPLY=($(compgen -f -- "$word")); fi
  elif [[ -n $argument ]]; then
    eval "$argument"
  else
    COMPREPLY=($(compgen -W "$switches" -- "$word"))
  fi
}
complete -o default -F _namespawn namespawn
`;
}

function subcommand({name, switches, argument}: Subcommand): string {
  const names = (chosen: readonly Switch[]) => chosen.flatMap(({names}) => names).join(' ');
  const action = argument === undefined ? '' : argument === 'command' ? 'command' : replies(argument);
  return `  ${name})
    switches=${quote(names(switches))}
    values=${quote(` ${switches.flatMap(withValues).join(' ')} `)}
    argument=${quote(action)} ;;`;
}

function withValues({names, values}: Switch): string[] {
  return values.length === 0 ? [] : names.map(name => name + ':'.repeat(values.length));
}

function valuesOf({name, switches}: Subcommand): string[] {
  return switches.flatMap(({names, values}) =>
    values.flatMap((value, index) => {
      if (value === 'word') return [];
      return `    ${names.map(word => quote(`${name} ${word} ${index + 1}`)).join('|')}) ${replies(value)} ;;`;
    }),
  );
}

/** The command that sets COMPREPLY. */
function replies(value: Value): string {
  if (value === 'word') return ':';
  if (value === 'file') return 'COMPREPLY=($(compgen -f -- "$word"))';
  if (value === 'pid') return 'COMPREPLY=($(cd /proc && compgen -W "$(printf "%s " [0-9]*)" -- "$word"))';
  return `COMPREPLY=($(compgen -W ${quote(value.choices.join(' '))} -- "$word"))`;
}
