#!/usr/bin/env node
// The command `namespawn`: each subcommand has a file beside this one.
import {readFileSync} from 'node:fs';
import {Command} from 'commander';
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

addLs(program);
addPid(program);
addPs(program);
addRun(program);
addProbe(program);

try {
  await program.parseAsync();
} catch (error) {
  // A stack is of no use to whoever typed the command.
  console.error(`namespawn: ${(error as Error).message}`);
  process.exitCode = 125;
}
