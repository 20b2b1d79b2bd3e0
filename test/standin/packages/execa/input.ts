// What execa gives to a command: its input, directory, environment and shell.

import {once} from 'node:events';
import {createReadStream} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import path from 'node:path';
import {Readable} from 'node:stream';
import type {Case} from '../case.js';
import {outcome, type Setting} from './api.js';

export function inputCases({api, folder}: Setting): Case[] {
  const {execa, execaNode} = api;
  const made = async () => {
    const file = path.join(folder, 'input');
    await writeFile(file, 'from a file\n');
    return file;
  };
  async function* words() {
    yield 'a';
    yield 'b';
  }
  return [
    {name: 'input', run: async () => (await execa('cat', {input: 'text'})).stdout},
    {name: 'input of bytes', run: async () => (await execa('cat', {input: new Uint8Array([97, 98])})).stdout},
    {name: 'input of a stream', run: async () => (await execa('cat', {input: Readable.from(['a', 'b'])})).stdout},
    {name: 'inputFile', run: async () => (await execa('cat', {inputFile: await made()})).stdout},
    {name: 'stdin of a file', run: async () => (await execa('cat', {stdin: {file: await made()}})).stdout},
    {name: 'stdin of an array', run: async () => (await execa('cat', {stdin: [['a', 'b']]})).stdout},
    {name: 'stdin of an asynchronous generator', run: async () => (await execa('cat', {stdin: words()})).stdout},
    {
      name: 'stdin of bytes and of text',
      run: async () => (await execa('cat', {stdin: new Uint8Array([97]), input: 'b'})).stdout.length,
    },
    {
      name: 'stdin of a web stream',
      run: async () =>
        (await execa('cat', {stdin: Readable.toWeb(Readable.from([Buffer.from('web')])) as never})).stdout,
    },
    {
      name: 'stdin of a stream of a file',
      run: async () => {
        const stream = createReadStream(await made());
        await once(stream, 'open');
        return (await execa('cat', {stdin: stream})).stdout;
      },
    },
    {
      name: 'several inputs',
      run: async () => {
        const {stdout} = await execa('cat', {input: 'text ', inputFile: await made()});
        return [stdout.includes('text '), stdout.includes('from a file')];
      },
    },
    {
      name: 'stdin and a stream of the program',
      run: async () => {
        const subprocess = execa('cat', {stdin: ['pipe']});
        subprocess.stdin.write('written ');
        subprocess.stdin.end('by hand');
        return (await subprocess).stdout;
      },
    },
    {
      name: 'input for descriptor 3',
      run: async () =>
        (await execa('sh', ['-c', 'cat <&3'], {stdio: ['pipe', 'pipe', 'pipe', ['three']] as never})).stdout,
    },
    {
      name: 'input of a command that does not read it',
      run: () => outcome(execa('true', {input: 'x'.repeat(5_000_000)})),
    },
    {name: 'much input', run: async () => (await execa('wc', ['-c'], {input: 'x'.repeat(5_000_000)})).stdout},
    {
      name: 'a stream that fails',
      run: () =>
        outcome(
          execa('cat', {
            input: Readable.from(
              (function* () {
                yield 'a';
                throw new Error('no more');
              })(),
            ),
          }),
        ),
    },
    {name: "stdin: 'ignore'", run: async () => (await execa('cat', {stdin: 'ignore'})).stdout},
    {name: 'cwd', run: async () => (await execa('pwd', {cwd: '/usr'})).stdout},
    {name: 'cwd by URL', run: async () => (await execa('pwd', {cwd: new URL('file:///usr')})).stdout},
    {name: 'env', run: async () => (await execa('sh', ['-c', 'echo $A'], {env: {A: 'set'}})).stdout},
    {
      name: 'extendEnv: false',
      run: async () => (await execa('/usr/bin/env', {env: {A: 'set'}, extendEnv: false})).stdout,
    },
    {name: 'shell', run: async () => (await execa({shell: true})`echo $((6 * 7)) | cat`).stdout},
    {name: 'another shell', run: async () => (await execa('echo $0', {shell: '/bin/sh'})).stdout},
    {
      name: 'argv0',
      run: async () => (await execa('sh', ['-c', 'tr "\\0" " " </proc/$$/cmdline'], {argv0: 'other'} as object)).stdout,
    },
    {name: 'preferLocal', run: async () => (await execa('biome', ['--version'], {preferLocal: true})).failed},
    {
      name: 'localDir',
      run: async () => (await execa('biome', ['--version'], {preferLocal: true, localDir: process.cwd()})).failed,
    },
    {
      name: 'node: true',
      run: async () => (await execa('-', {node: true, input: 'console.log(typeof process.send)'})).stdout,
    },
    {
      name: 'nodeOptions',
      run: async () =>
        (await execaNode('-', {input: 'console.log(process.execArgv.join())', nodeOptions: ['--no-warnings']})).stdout,
    },
    {
      name: 'nodePath',
      run: async () =>
        (await execa('node', ['-p', 'process.execPath'], {nodePath: process.execPath, preferLocal: true})).stdout ===
        process.execPath,
    },
  ];
}
