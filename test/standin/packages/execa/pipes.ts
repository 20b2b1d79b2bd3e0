// Commands of execa that are connected.
import {setTimeout} from 'node:timers/promises';
import {allOf, type Case} from '../case.js';
import {outcome, type Setting} from './api.js';

export function pipeCases({api}: Setting): Case[] {
  const {execa} = api;
  const both = ['-c', 'echo out; echo err >&2'];
  return [
    {name: 'pipe', run: () => outcome(execa('printf', ['b\na\n']).pipe('sort'))},
    {name: 'pipe of a template', run: () => outcome(execa`seq 5`.pipe`tail -n 2`.pipe`head -n 1`)},
    {name: 'pipe of a command', run: () => outcome(execa('seq', ['5']).pipe(execa('tail', ['-n', '1'])))},
    {name: 'pipe of stderr', run: () => outcome(execa('sh', both).pipe('cat', {from: 'stderr'}))},
    {
      name: 'pipe of all',
      run: async () => {
        const {stdout} = await execa('sh', ['-c', 'echo 1; sleep 0.1; echo 2 >&2'], {all: true}).pipe('cat', {
          from: 'all',
        });
        return stdout;
      },
    },
    {
      name: 'pipe to descriptor 3',
      run: async () => {
        const source = execa('echo', ['x']);
        // The descriptor is one for input because of this input, which may not end before the other.
        const later = async function* () {
          await source;
          yield await setTimeout(200, 'later');
        };
        const target = execa('sh', ['-c', 'cat <&3'], {stdio: ['pipe', 'pipe', 'pipe', later()]});
        await source.pipe(target as never, {to: 'fd3'});
        return (await target).stdout;
      },
    },
    {
      name: 'pipe from descriptor 3',
      run: async () => {
        const source = execa('sh', ['-c', 'echo x >&3'], {stdio: ['pipe', 'pipe', 'pipe', 'pipe']});
        return (await source.pipe('cat', {from: 'fd3'})).stdout;
      },
    },
    {
      name: 'pipe to two commands',
      run: async () => {
        const source = execa('seq', ['3']);
        const results = await Promise.all([source.pipe('head', ['-n', '1']), source.pipe('tail', ['-n', '1'])]);
        return results.map(({stdout}) => stdout);
      },
    },
    {
      name: 'pipe of two commands',
      run: async () => {
        const target = execa('sort');
        await Promise.all([execa('echo', ['b']).pipe(target), execa('echo', ['a']).pipe(target)]);
        return (await target).stdout;
      },
    },
    {
      name: 'pipedFrom',
      run: async () => {
        const {stdout, pipedFrom} = await execa('seq', ['3']).pipe('tail', ['-n', '1']);
        return [stdout, pipedFrom.map(({stdout: text, exitCode}) => [text, exitCode])];
      },
    },
    {name: 'a source that fails', run: () => outcome(execa('sh', ['-c', 'echo a; exit 3']).pipe('cat'))},
    {name: 'a source that is not found', run: () => outcome(execa('namespawn-no-such-command').pipe('cat'))},
    {name: 'a target that fails', run: () => outcome(execa('echo', ['a']).pipe('sh', ['-c', 'cat; exit 4']))},
    {name: 'a target that is not found', run: () => outcome(execa('echo', ['a']).pipe('namespawn-no-such-command'))},
    {
      name: 'a target that ends early',
      run: async () => (await execa('yes', {reject: false}).pipe('head', ['-n', '1'], {reject: false})).stdout,
    },
    {
      name: 'much data',
      run: async () => (await execa('head', ['-c', '3000000', '/dev/zero']).pipe('wc', ['-c'])).stdout,
    },
    {
      name: 'unpipeSignal',
      run: async () => {
        const controller = new AbortController();
        const [source, target] = [execa('sh', ['-c', 'echo a; sleep 0.5']), execa('cat')];
        const piped = source.pipe(target, {unpipeSignal: controller.signal});
        source.stdout.once('data', () => controller.abort());
        const failed = await outcome(piped);
        target.stdin.end();
        return [failed, (await source).exitCode, (await target).exitCode];
      },
    },
    {
      name: 'a pipe and a transform',
      run: async () => {
        const upper = function* (line: unknown) {
          yield String(line).toUpperCase();
        };
        return (await execa('printf', ['b\na\n'], {stdout: upper}).pipe('sort', {stdout: upper})).stdout;
      },
    },
    {
      name: 'a pipe with buffer: false',
      run: async () => (await execa('seq', ['5'], {buffer: false}).pipe('tail', ['-n', '1'])).stdout,
    },
    {
      name: 'a pipe, and iteration over it',
      run: async () => {
        const target = execa('cat');
        const [lines] = await Promise.all([allOf(target), execa('seq', ['3']).pipe(target)]);
        return lines;
      },
    },
  ];
}
