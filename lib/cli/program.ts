// The command `namespawn` as commander describes it. Each subcommand is a file in this folder.
import {readFileSync} from 'node:fs';
import {Command} from 'commander';
import {addCompletion} from './completion.js';
import {addEnter} from './enter.js';
import {addLs} from './ls.js';
import {addNetns} from './netns.js';
import {addPid} from './pid.js';
import {addProbe} from './probe.js';
import {addPs} from './ps.js';
import {addRun} from './run.js';
import {addSeccomp} from './seccomp.js';

/** Creates the command with all of its subcommands. Instead of ending this process, commander throws a CommanderError. */
export function createProgram(): Command {
  const {version, description} = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
    description: string;
  };
  // Subcommands take over what is set before they are added.
  const program = new Command('namespawn')
    .description(description)
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({outputError: (text, write) => write(text.replace(/^error: /, 'namespawn: '))});
  addEnter(program);
  addLs(program);
  addPid(program);
  addPs(program);
  addRun(program);
  addSeccomp(program);
  addNetns(program);
  addProbe(program);
  addCompletion(program);
  return program;
}
