// Describes the subcommands for the generators of completions, from what commander knows of them.
import type {Argument, Command, Option} from 'commander';
import {placeholdersOf} from '../several-values.js';

/** What a value is: one of some words, a PID, a file, or a word that cannot be known. */
export type Value = {choices: readonly string[]} | 'pid' | 'file' | 'word';

/** A switch of a subcommand. */
export interface Switch {
  /** Its names, with hyphens: -J and --json. */
  names: string[];
  description: string;
  /** What its values are; none where it takes no value. */
  values: Value[];
}

/** A subcommand. */
export interface Subcommand {
  name: string;
  description: string;
  switches: Switch[];
  /** What its first argument is. 'command' is a command with arguments of its own. */
  argument: Value | 'command' | undefined;
}

/** Describes all subcommands of `program`. */
export function describeCommands(program: Command): Subcommand[] {
  const helper = program.createHelp();
  return helper.visibleCommands(program).map(command => ({
    name: command.name(),
    description: command.description(),
    switches: helper.visibleOptions(command).map(describeOption),
    argument: describeArgument(command.registeredArguments[0]),
  }));
}

function describeOption(option: Option): Switch {
  const names = [option.short, option.long].filter(name => name !== undefined);
  const takesValue = option.required || option.optional;
  return {
    names,
    description: option.description,
    values: takesValue ? placeholdersOf(option.flags).map(name => kindOf(name, option.argChoices)) : [],
  };
}

function describeArgument(argument: Argument | undefined): Value | 'command' | undefined {
  if (argument === undefined) return undefined;
  return argument.name() === 'command' ? 'command' : kindOf(argument.name(), argument.argChoices);
}

/** The kinds of values by the placeholders that the help shows. */
const kinds: Readonly<Record<string, Value>> = {
  pid: 'pid',
  target: 'pid',
  file: 'file',
  mount: 'file',
  src: 'file',
  dest: 'file',
  dir: 'file',
  rwsrc: 'file',
  workdir: 'file',
};

function kindOf(placeholder: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return {choices};
  return Object.hasOwn(kinds, placeholder) ? kinds[placeholder]! : 'word';
}

/** Quotes a text for a shell of the family of sh. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
