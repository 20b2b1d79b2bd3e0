// The features of tree-kill.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {allOf, type Case, isAlive} from './case.js';

type TreeKill = (pid: number, signal?: string | number, callback?: (error?: Error) => void) => void;

/** Starts a shell that has two children, waits for them, and then goes on: only a signal ends it. */
async function family(): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', 'sleep 1000 & sleep 1000 & echo ready; wait; exec sleep 1000']);
  await once(child.stdout!, 'data');
  return child;
}

export function treeKillCases(treeKill: TreeKill): Case[] {
  const killed = (child: ChildProcess, signal?: string) =>
    new Promise((resolve, reject) => {
      treeKill(child.pid!, signal, error => (error ? reject(error) : resolve(undefined)));
    });
  const ended = async (signal?: string): Promise<unknown> => {
    const child = await family();
    const closed = once(child, 'close');
    await killed(child, signal);
    // 'close' comes when nobody has the output open any more: the shell and both children have ended.
    return [...(await closed), await allOf(child.stdout!), isAlive(child.pid!)];
  };
  return [
    {name: 'a tree', run: () => ended()},
    {name: 'a tree, with SIGKILL', run: () => ended('SIGKILL')},
    {name: 'a tree, with SIGHUP', run: () => ended('SIGHUP')},
    {
      name: 'a command that has ended',
      run: async () => {
        const child = spawn('true');
        const {pid} = child;
        await once(child, 'close');
        return new Promise(resolve => treeKill(pid!, 'SIGTERM', error => resolve(error ?? 'no error')));
      },
    },
  ];
}
