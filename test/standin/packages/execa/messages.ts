// Messages between execa and a program of Node that uses execa as well.
import {fileURLToPath} from 'node:url';
import {allOf, type Case, reasonOf} from '../case.js';
import {childOf, outcome, type Setting} from './api.js';

const program = fileURLToPath(new URL('talker.js', import.meta.url));

export function messageCases({api, name}: Setting): Case[] {
  const {execaNode, execa} = api;
  const talk = (what: string, options: object = {}) =>
    execaNode(program, [name, what], {ipc: true, ...options} as const);
  return [
    {name: 'a message of the command', run: async () => talk('tell').getOneMessage()},
    {name: 'all messages of the command', run: () => allOf(talk('count').getEachMessage())},
    {name: 'ipcOutput', run: () => outcome(talk('count'))},
    {name: 'buffer: false for messages', run: () => outcome(talk('count', {buffer: {ipc: false}}))},
    {
      name: 'a message for the command, and one back',
      run: async () => {
        const subprocess = talk('echo');
        await subprocess.sendMessage({a: [1, null, 'x']});
        const back = await subprocess.getOneMessage();
        return [back, await outcome(subprocess)];
      },
    },
    {name: 'filter', run: () => talk('count').getOneMessage({filter: message => message === 2})},
    {
      name: 'many messages',
      run: async () => {
        const subprocess = talk('echo each');
        const back = allOf(subprocess.getEachMessage());
        for (let index = 0; index < 50; index++) await subprocess.sendMessage(index);
        await subprocess.sendMessage('end');
        return (await back).length;
      },
    },
    {name: 'ipcInput', run: () => outcome(talk('echo', {ipcInput: 'at first'}))},
    {name: "serialization: 'json'", run: () => outcome(talk('echo', {ipcInput: {a: 1}, serialization: 'json'}))},
    {name: "serialization: 'advanced'", run: () => outcome(talk('echo', {ipcInput: new Map([[1, new Set([2n])]])}))},
    {
      name: 'strict messages',
      run: async () => {
        const subprocess = talk('echo');
        const [, back] = await Promise.all([subprocess.sendMessage('x', {strict: true}), subprocess.getOneMessage()]);
        return [back, await outcome(subprocess)];
      },
    },
    {
      name: 'a strict message that nobody receives',
      run: async () => {
        const subprocess = talk('silent');
        const error = await reasonOf(subprocess.sendMessage('x', {strict: true}));
        return [(error as Error).message, await outcome(subprocess)];
      },
    },
    {
      name: 'a message that cannot be sent',
      run: async () => {
        const subprocess = talk('echo', {reject: false});
        const error = await reasonOf(subprocess.sendMessage((() => 0) as never));
        subprocess.kill();
        await subprocess;
        return (error as Error).message.split('\n')[0];
      },
    },
    {name: 'no message any more', run: async () => ((await reasonOf(talk('silent').getOneMessage())) as Error).message},
    {
      name: 'a message after the end',
      run: async () => {
        const subprocess = talk('silent');
        await subprocess;
        return ((await reasonOf(subprocess.sendMessage('x'))) as Error).message;
      },
    },
    {
      name: 'iteration over messages that stops early',
      run: async () => {
        const subprocess = talk('tell');
        for await (const message of subprocess.getEachMessage()) if (message === 'hello') break;
        return outcome(subprocess);
      },
    },
    {
      name: 'a command that fails while messages are read',
      run: async () => {
        const error = await reasonOf(allOf(talk('fail').getEachMessage()));
        return (error as {exitCode?: number}).exitCode;
      },
    },
    {name: 'disconnect by the command', run: () => outcome(talk('disconnect'))},
    {
      name: 'disconnect by the program',
      run: async () => {
        const subprocess = talk('wait for the end');
        await subprocess.getOneMessage();
        childOf(subprocess).disconnect();
        return outcome(subprocess);
      },
    },
    {
      name: 'reference: false',
      run: async () => {
        const subprocess = talk('tell');
        const messages = subprocess.getOneMessage({reference: false});
        return [await messages, (await subprocess).exitCode];
      },
    },
    {
      name: 'connected',
      run: async () => {
        const subprocess = talk('tell');
        const before = childOf(subprocess).connected;
        await subprocess;
        return [before, childOf(subprocess).connected];
      },
    },
    {
      name: 'messages of a command without execa',
      run: async () => {
        const subprocess = execa(
          'node',
          ['-e', "process.send('plain'); process.once('message', m => { console.log(m); process.disconnect(); })"],
          {ipc: true},
        );
        const first = await subprocess.getOneMessage();
        await subprocess.sendMessage('back');
        return [first, (await subprocess).stdout];
      },
    },
    {
      name: 'ipc beside transforms',
      run: async () => {
        const upper = function* (line: unknown) {
          yield String(line).toUpperCase();
        };
        return outcome(talk('tell', {stdout: upper}));
      },
    },
    {
      name: 'gracefulCancel',
      run: async () => {
        const controller = new AbortController();
        const subprocess = talk('graceful', {cancelSignal: controller.signal, gracefulCancel: true});
        await subprocess.getOneMessage();
        controller.abort('enough');
        return outcome(subprocess);
      },
    },
    {
      name: 'gracefulCancel of a command that does not end',
      run: async () => {
        const controller = new AbortController();
        const subprocess = talk('stubborn', {
          cancelSignal: controller.signal,
          gracefulCancel: true,
          forceKillAfterDelay: 50,
        });
        await subprocess.getOneMessage();
        controller.abort('enough');
        return outcome(subprocess);
      },
    },
    {
      name: 'gracefulCancel, with a timeout',
      run: async () => {
        const subprocess = talk('graceful', {
          cancelSignal: new AbortController().signal,
          gracefulCancel: true,
          timeout: 2000,
        });
        return outcome(subprocess);
      },
    },
  ];
}
