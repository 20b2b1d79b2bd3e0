// What execa does with the output of a command.

import {once} from 'node:events';
import {createWriteStream, openSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {Writable} from 'node:stream';
import {createGzip, gunzipSync} from 'node:zlib';
import {allOf, type Case, fieldsOf, reasonOf} from '../case.js';
import {outcome, type Setting} from './api.js';

export function outputCases({api, folder}: Setting): Case[] {
  const {execa, execaNode, $, parseCommandString} = api;
  const file = (name: string) => path.join(folder, name);
  // How a command ends that writes when nobody reads differs from one time to the next with child_process: its pipes are sockets.
  const cut = async (subprocess: PromiseLike<unknown>) =>
    fieldsOf(await reasonOf(subprocess), ['failed', 'isMaxBuffer', 'shortMessage', 'stdout']);
  const both = ['-c', 'echo out; echo err >&2'];
  return [
    {name: 'stdout and stderr', run: () => outcome(execa('sh', both))},
    {name: 'a template', run: async () => (await execa`echo ${'a b'} ${['c', 'd']}`).stdout},
    {name: '$', run: async () => (await $({env: {A: 'set'}})`sh -c ${'echo $A'}`).stdout},
    {name: 'parseCommandString', run: async () => (await execa`${parseCommandString('echo a\\ b c')}`).stdout},
    {name: 'options that are bound', run: async () => (await execa({lines: true})({all: true})('sh', both)).stdout},
    {name: 'lines', run: async () => (await execa('printf', ['a\nb\n\nc'], {lines: true})).stdout},
    {name: 'lines of one descriptor', run: () => outcome(execa('sh', both, {lines: {stderr: true}}))},
    {name: 'stripFinalNewline: false', run: () => outcome(execa('sh', both, {stripFinalNewline: {stdout: false}}))},
    {name: "encoding: 'buffer'", run: async () => (await execa('printf', ['\\377\\0'], {encoding: 'buffer'})).stdout},
    {name: "encoding: 'hex'", run: async () => (await execa('printf', ['\\377a'], {encoding: 'hex'})).stdout},
    {name: "encoding: 'utf16le'", run: async () => (await execa('printf', ['a\\0b\\0'], {encoding: 'utf16le'})).stdout},
    {
      name: 'split characters',
      run: async () => (await execa('sh', ['-c', "printf '\\303'; sleep 0.1; printf '\\251'"])).stdout,
    },
    {
      name: 'all',
      run: () => outcome(execa('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2; sleep 0.1; echo 3'], {all: true})),
    },
    {
      name: 'all, with lines',
      run: async () => (await execa('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2'], {all: true, lines: true})).all,
    },
    {
      name: 'buffer: false',
      run: async () => {
        const subprocess = execa('sh', both, {buffer: false});
        const text = (await allOf(subprocess.stdout.setEncoding('utf8'))).join('');
        const {stdout, failed} = await subprocess;
        return {text, stdout, failed};
      },
    },
    {
      name: 'buffer: false of a command whose output nobody reads',
      run: () => outcome(execa('sh', both, {buffer: false})),
    },
    {name: 'buffer: false for stdout', run: () => outcome(execa('sh', both, {buffer: {stdout: false}}))},
    {name: 'maxBuffer', run: () => cut(execa('yes', {maxBuffer: 4}))},
    {
      name: 'maxBuffer of stderr',
      run: () => cut(execa('sh', ['-c', 'echo abc; exec yes >&2'], {maxBuffer: {stderr: 4}})),
    },
    {
      name: 'maxBuffer of lines',
      run: () => cut(execa('yes', {maxBuffer: 2, lines: true})),
    },
    {
      name: 'maxBuffer of bytes',
      run: () => cut(execa('yes', {maxBuffer: 2, encoding: 'buffer'})),
    },
    {name: 'much output', run: async () => (await execa('head', ['-c', '5000000', '/dev/zero'])).stdout.length},
    {name: 'much output, with lines', run: async () => (await execa('seq', ['200000'], {lines: true})).stdout.length},
    {
      name: 'a file',
      run: async () => {
        await execa('echo', ['x'], {stdout: {file: file('out')}});
        return readFile(file('out'), 'utf8');
      },
    },
    {
      name: 'a file by URL, and the output',
      run: async () => {
        const {stdout} = await execa('echo', ['x'], {stdout: [new URL(`file://${file('url')}`), 'pipe']});
        return [stdout, await readFile(file('url'), 'utf8')];
      },
    },
    {
      name: 'one file for both',
      run: async () => {
        const target = {file: file('both')};
        await execa('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2'], {stdout: target, stderr: target});
        return readFile(file('both'), 'utf8');
      },
    },
    {
      name: 'a descriptor',
      run: async () => {
        const {stdout} = await execa('echo', ['x'], {stdout: openSync(file('fd'), 'w') as 1});
        return [stdout, await readFile(file('fd'), 'utf8')];
      },
    },
    {
      name: 'a stream of a file',
      run: async () => {
        const stream = createWriteStream(file('stream'));
        await once(stream, 'open');
        await execa('echo', ['x'], {stdout: stream});
        return readFile(file('stream'), 'utf8');
      },
    },
    {
      name: 'a stream of the program',
      run: async () => {
        const written: string[] = [];
        const stream = new Writable({write: (chunk, _encoding, done) => done(void written.push(String(chunk)))});
        const {stdout} = await execa('echo', ['x'], {stdout: ['pipe', stream]});
        return [stdout, written.join('')];
      },
    },
    {
      name: 'a web stream',
      run: async () => {
        const written: string[] = [];
        await execa('echo', ['x'], {
          stdout: new WritableStream({write: chunk => void written.push(Buffer.from(chunk).toString())}),
        });
        return written.join('');
      },
    },
    {name: "'ignore'", run: () => outcome(execa('sh', both, {stdout: 'ignore', stderr: 'ignore'}))},
    {name: "'inherit'", run: () => outcome(execa('sh', ['-c', 'echo inherited >&2'], {stderr: ['inherit', 'pipe']}))},
    {
      name: 'descriptor 3',
      run: async () =>
        (await execa('sh', ['-c', 'echo three >&3'], {stdio: ['pipe', 'pipe', 'pipe', 'pipe']})).stdio[3],
    },
    {
      name: 'descriptors 3 and 5, and lines of one',
      run: async () => {
        const {stdio} = await execa('sh', ['-c', 'echo a >&3; echo b >&5'], {
          stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ignore', 'pipe'],
          lines: {fd5: true},
        });
        return stdio.map(content => content ?? null);
      },
    },
    {
      name: 'a file for descriptor 3',
      run: async () => {
        await execa('sh', ['-c', 'echo three >&3'], {stdio: ['pipe', 'pipe', 'pipe', {file: file('three')}]});
        return readFile(file('three'), 'utf8');
      },
    },
    {
      name: 'a duplex stream',
      run: async () => {
        const {stdout} = await execa('echo', ['packed'], {stdout: {transform: createGzip()}, encoding: 'buffer'});
        return gunzipSync(stdout as Uint8Array).toString();
      },
    },
    {name: 'result.stdio', run: async () => (await execa('sh', both)).stdio.map(content => content ?? null)},
    {
      name: 'result of a command without a pipe',
      run: async () => (await execa('true', {stdio: 'ignore'})).stdio.map(String),
    },
    {
      name: 'command and escapedCommand',
      run: async () => {
        const {command, escapedCommand, cwd} = await execa('echo', ["it's", '$x'], {cwd: '/usr'});
        return {command, escapedCommand, cwd};
      },
    },
    {name: 'pipedFrom of a command alone', run: async () => (await execa('true')).pipedFrom},
    {name: 'a program of Node', run: async () => (await execaNode({input: 'console.log(6 * 7)'})`-`).stdout},
  ];
}
