#!/usr/bin/env node
// The command `namespawn`.
// First, because it lists the descriptors before anything else is opened.
import './inherited.js';
import {CommanderError} from 'commander';
import {separateWords} from './optional-files.js';
import {exitWith, watchOutput} from './output.js';
import {createProgram} from './program.js';
import {describeError, usageStatus} from './words.js';

watchOutput();
try {
  const [node, script, ...words] = process.argv;
  const program = createProgram();
  const subcommand = program.commands.find(command => command.name() === words[0]);
  const rest = subcommand === undefined ? words.slice(1) : separateWords(subcommand, words.slice(1));
  await program.parseAsync([node!, script!, ...words.slice(0, 1), ...rest]);
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its message, the help or the version.
    exitWith(error.exitCode === 0 ? 0 : usageStatus);
  } else {
    // Only the message is printed, because the stack does not help users of the command line.
    console.error(`namespawn: ${describeError(error)}`);
    exitWith(usageStatus);
  }
}
