// The packages whose features are compared, and their cases.
import type {Case} from './case.js';
import {crossSpawnCases} from './cross-spawn.js';
import type {Execa} from './execa/api.js';
import {endCases} from './execa/ends.js';
import {inputCases} from './execa/input.js';
import {messageCases} from './execa/messages.js';
import {outputCases} from './execa/output.js';
import {pipeCases} from './execa/pipes.js';
import {transformCases} from './execa/transforms.js';
import {nanoSpawnCases} from './nano-spawn.js';
import {tinyexecCases} from './tinyexec.js';
import {treeKillCases} from './tree-kill.js';

/** The name under which each package is installed, and the oldest Node that it works with. */
export const packages: readonly {name: string; title: string; node: number}[] = [
  {name: 'execa', title: 'execa 9', node: 20},
  {name: 'execa10', title: 'execa 10', node: 22},
  {name: 'nano-spawn', title: 'nano-spawn', node: 20},
  {name: 'cross-spawn', title: 'cross-spawn', node: 20},
  {name: 'tinyexec', title: 'tinyexec', node: 20},
  {name: 'tree-kill', title: 'tree-kill', node: 20},
  {name: 'tinypool', title: 'tinypool', node: 20},
];

const makers = [outputCases, inputCases, transformCases, pipeCases, messageCases, endCases];

/** Loads a package, and returns its cases. */
export async function casesOf(name: string, folder: string, flags: readonly string[]): Promise<readonly Case[]> {
  switch (name) {
    case 'nano-spawn':
      return nanoSpawnCases((await import('nano-spawn')).default);
    case 'cross-spawn':
      return crossSpawnCases((await load(name)) as never, folder);
    case 'tinyexec':
      return tinyexecCases(await import('tinyexec'));
    case 'tree-kill':
      return treeKillCases((await load(name)) as never);
    case 'tinypool':
      return (await import('./tinypool.js')).tinypoolCases();
    default: {
      const api = (await import(name)) as Execa;
      return makers.flatMap(cases => cases({api, name, folder, flags}));
    }
  }
}

// cross-spawn comes without types.
const load = async (name: string): Promise<unknown> => ((await import(name)) as {default: unknown}).default;
