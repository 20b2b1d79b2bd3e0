// The features of cross-spawn.

import type {ChildProcess, SpawnOptions} from 'node:child_process';
import {chmod, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {Case} from './case.js';

type CrossSpawn = (command: string, args?: readonly string[] | SpawnOptions, options?: SpawnOptions) => ChildProcess;

/** Returns the events and the output of a child. */
async function seen(child: ChildProcess): Promise<unknown[]> {
  const all: unknown[] = [];
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', text => {
    output += text;
  });
  child.on('spawn', () => all.push('spawn'));
  child.on('error', ({code, syscall, path, spawnargs}: NodeJS.ErrnoException & {spawnargs?: string[]}) =>
    all.push(['error', code, syscall, path, spawnargs]),
  );
  child.on('exit', (code, signal) => all.push(['exit', code, signal]));
  await new Promise<void>(resolve => {
    child.on('close', (code, signal) => {
      all.push(['close', code, signal]);
      resolve();
    });
  });
  return [...all, output];
}

export function crossSpawnCases(spawn: CrossSpawn, folder: string): Case[] {
  const script = async (text: string, mode = 0o755): Promise<string> => {
    const file = path.join(folder, `script-${mode}`);
    await writeFile(file, text);
    await chmod(file, mode);
    return file;
  };
  return [
    {name: 'a command', run: () => seen(spawn('echo', ['a b', 'c']))},
    {name: 'options without arguments', run: () => seen(spawn('pwd', {cwd: '/usr'}))},
    {name: 'environment', run: () => seen(spawn('sh', ['-c', 'echo $A'], {env: {...process.env, A: 'set'}}))},
    {name: 'shell', run: () => seen(spawn('echo $((6 * 7)) | cat', {shell: true}))},
    {name: 'a script', run: async () => seen(spawn(await script('#!/bin/sh\necho "$#"\n'), ['a', 'b']))},
    {name: 'a script without #!', run: async () => seen(spawn(await script('echo plain\n')))},
    {name: 'a script that is not executable', run: async () => seen(spawn(await script('#!/bin/sh\n', 0o644)))},
    {
      name: 'arguments with special characters',
      run: () => seen(spawn('printf', ['%s.', '"', "'", '$x', '*', '\\', ''])),
    },
    {name: 'an exit code', run: () => seen(spawn('sh', ['-c', 'exit 3']))},
    {name: 'a command that is not found', run: () => seen(spawn('namespawn-no-such-command', ['x']))},
    {
      name: 'a directory that is missing',
      run: async () => (await seen(spawn('true', {cwd: '/namespawn/no/such'}))).length,
    },
    {
      name: 'kill',
      run: async () => {
        const child = spawn('sleep', ['1000']);
        child.once('spawn', () => child.kill('SIGINT'));
        return seen(child);
      },
    },
    {
      name: 'stdin',
      run: async () => {
        const child = spawn('cat');
        child.stdin!.end('text');
        return seen(child);
      },
    },
  ];
}
