#!/usr/bin/env node
// The command `namespawn`. Each subcommand is a file in this folder.
import {readFileSync} from 'node:fs';
import {Command} from 'commander';
import {addEnter, separateFiles} from './enter.js';
import {addLs} from './ls.js';
import {addPid} from './pid.js';
import {addProbe} from './probe.js';
import {addPs} from './ps.js';
import {addRun} from './run.js';

const {version, description} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
  description: string;
};

const program = new Command('namespawn').description(description).version(version).enablePositionalOptions();

addEnter(program);
addLs(program);
addPid(program);
addPs(program);
addRun(program);
addProbe(program);

try {
  const [node, script, ...words] = process.argv;
  await program.parseAsync([node!, script!, ...(words[0] === 'enter' ? separateFiles(words) : words)]);
} catch (error) {
  // Only the message is printed, because the stack does not help users of the command line.
  console.error(`namespawn: ${(error as Error).message}`);
  process.exitCode = 125;
}
