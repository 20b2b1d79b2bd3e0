// Transforms of execa, and a command as a stream or as an iterable.
import {Readable, Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {allOf, type Case, reasonOf} from '../case.js';
import {outcome, type Setting} from './api.js';

export function transformCases({api}: Setting): Case[] {
  const {execa} = api;
  const upper = function* (line: unknown) {
    yield String(line).toUpperCase();
  };
  const twice = async function* (line: unknown) {
    yield line;
    await Promise.resolve();
    yield line;
  };
  const lines = ['a\nb\n'];
  const both = ['-c', 'echo out; echo err >&2'];
  return [
    {name: 'a transform of stdout', run: async () => (await execa('printf', lines, {stdout: upper})).stdout},
    {name: 'a transform of stderr', run: () => outcome(execa('sh', both, {stderr: upper}))},
    {name: 'a transform of stdin', run: async () => (await execa('cat', {input: 'a\nb\n', stdin: upper})).stdout},
    {name: 'an asynchronous transform', run: async () => (await execa('printf', lines, {stdout: twice})).stdout},
    {name: 'two transforms', run: async () => (await execa('printf', lines, {stdout: [upper, twice]})).stdout},
    {
      name: 'transforms of all three',
      run: () =>
        outcome(execa('sh', ['-c', 'cat; echo err >&2'], {input: 'in', stdin: upper, stdout: twice, stderr: upper})),
    },
    {
      name: 'a transform, and lines',
      run: async () => (await execa('printf', lines, {stdout: upper, lines: true})).stdout,
    },
    {name: 'a transform, and all', run: async () => (await execa('printf', lines, {stdout: upper, all: true})).all},
    {
      name: 'a transform of descriptor 3',
      run: async () => (await execa('sh', ['-c', 'echo a >&3'], {stdio: ['pipe', 'pipe', 'pipe', upper]})).stdio[3],
    },
    {
      name: 'a transform with final',
      run: async () => {
        let count = 0;
        const counted = {
          *transform(line: unknown) {
            count++;
            yield line;
          },
          *final() {
            yield `${count} lines`;
          },
        };
        return (await execa('printf', lines, {stdout: counted})).stdout;
      },
    },
    {
      name: 'objectMode',
      run: async () => {
        const parse = {
          *transform(line: unknown) {
            yield JSON.parse(String(line));
          },
          objectMode: true as const,
        };
        return (await execa('printf', ['{"a":1}\n[2]\n'], {stdout: parse})).stdout;
      },
    },
    {
      name: 'objectMode of stdin',
      run: async () => {
        const text = {
          *transform(value: unknown) {
            yield JSON.stringify(value);
          },
          objectMode: true as const,
        };
        return (await execa('cat', {stdin: [[{a: 1}, {b: 2}], text]})).stdout;
      },
    },
    {
      name: 'a binary transform',
      run: async () => {
        const length = {
          *transform(chunk: unknown) {
            yield String((chunk as Uint8Array).length);
          },
          binary: true as const,
        };
        return (await execa('printf', ['12345'], {stdout: length})).stdout;
      },
    },
    {
      name: 'preserveNewlines',
      run: async () => {
        const quoted = {
          *transform(line: unknown) {
            yield JSON.stringify(line);
          },
          preserveNewlines: true as const,
        };
        return (await execa('printf', lines, {stdout: quoted})).stdout;
      },
    },
    {
      name: 'a transform that throws',
      run: () =>
        reasonOf(
          execa('yes', {
            stdout: function* () {
              yield '';
              throw new Error('refused');
            },
          }),
        ).then(error => (error as {originalMessage?: string}).originalMessage),
    },
    {
      name: 'a transform that filters',
      run: async () =>
        (
          await execa('seq', ['1000'], {
            stdout: function* (line: unknown) {
              if (String(line).endsWith('00')) yield line;
            },
          })
        ).stdout,
    },
    {
      name: 'a transform of much output',
      run: async () => (await execa('seq', ['50000'], {stdout: upper})).stdout.length,
    },
    {
      name: 'a transform, and a command that fails',
      run: () => outcome(execa('sh', ['-c', 'echo a; exit 3'], {stdout: upper})),
    },
    {
      name: 'a transform, and a command that is not found',
      run: () => outcome(execa('namespawn-no-such-command', {stdout: upper})),
    },
    {
      name: 'a web transform',
      run: async () => {
        const web = new TransformStream({
          transform: (chunk, controller) => controller.enqueue(String(chunk).toUpperCase()),
        });
        return (
          (await execa('printf', lines, {stdout: {transform: web as never, objectMode: true} as never})).stdout.length >
          0
        );
      },
    },
    {name: 'iteration', run: () => allOf(execa('printf', lines))},
    {name: 'iteration over stderr', run: () => allOf(execa('sh', both).iterable({from: 'stderr'}))},
    {
      name: 'iteration over all',
      run: () => allOf(execa('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2'], {all: true}).iterable({from: 'all'})),
    },
    {
      name: 'iteration over bytes',
      run: async () => Buffer.concat(await allOf(execa('printf', ['a\\0']).iterable({binary: true}))).toString('hex'),
    },
    {name: 'iteration with newlines', run: () => allOf(execa('printf', lines).iterable({preserveNewlines: true}))},
    {
      name: 'iteration that stops early',
      run: async () => {
        const subprocess = execa('seq', ['3']);
        for await (const line of subprocess) {
          if (line === '2') break;
        }
        return outcome(subprocess);
      },
    },
    {
      name: 'iteration over a command that fails',
      run: async () => {
        const seen: unknown[] = [];
        const error = await reasonOf(
          (async () => {
            for await (const line of execa('sh', ['-c', 'echo a; exit 3'])) seen.push(line);
          })(),
        );
        return [seen, (error as {exitCode?: number}).exitCode];
      },
    },
    {
      name: 'iteration while the command runs',
      run: async () => {
        const subprocess = execa('cat');
        const seen: unknown[] = [];
        subprocess.stdin.write('first\n');
        for await (const line of subprocess) {
          seen.push(line);
          if (line === 'first') subprocess.stdin.end('last\n');
        }
        return seen;
      },
    },
    {
      name: 'two iterations at once',
      run: async () => {
        const subprocess = execa('printf', lines);
        return Promise.all([allOf(subprocess), allOf(subprocess), subprocess.then(({stdout}) => stdout)]);
      },
    },
    {name: 'readable()', run: async () => Buffer.concat(await allOf(execa('printf', lines).readable())).toString()},
    {
      name: 'readable() of a command that fails',
      run: async () =>
        ((await reasonOf(allOf(execa('sh', ['-c', 'exit 3']).readable()))) as {exitCode?: number}).exitCode,
    },
    {
      name: 'writable()',
      run: async () => {
        const subprocess = execa('cat');
        await pipeline(Readable.from(['a', 'b']), subprocess.writable());
        return (await subprocess).stdout;
      },
    },
    {
      name: 'duplex()',
      run: async () => {
        const seen: string[] = [];
        const sink = new Writable({write: (chunk, _encoding, done) => done(void seen.push(String(chunk)))});
        await pipeline(Readable.from(['a', 'b']), execa('tr', ['a-z', 'A-Z']).duplex(), sink);
        return seen.join('');
      },
    },
  ];
}
