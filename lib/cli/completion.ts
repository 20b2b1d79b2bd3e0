// namespawn completion: prints a script that completes the words of this command in a shell.
import {Argument, type Command} from 'commander';
import {bash} from './completion/bash.js';
import {describeCommands} from './completion/describe.js';
import {fish} from './completion/fish.js';
import {zsh} from './completion/zsh.js';
import {reporting} from './output.js';

const generators = {bash, zsh, fish};

/** Adds the subcommand `namespawn completion`, which describes the subcommands that `program` has when it runs. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes the words of this command in a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(generators)))
    .addHelpText(
      'after',
      `
bash: add to ~/.bashrc:                    eval "$(namespawn completion bash)"
zsh:  add to ~/.zshrc, behind compinit:    eval "$(namespawn completion zsh)"
fish: namespawn completion fish > ~/.config/fish/completions/namespawn.fish`,
    )
    .action(
      reporting((shell: keyof typeof generators) => {
        process.stdout.write(generators[shell](describeCommands(program)));
      }),
    );
}
