// Every form of stdio.
import {once} from 'node:events';
import {closeSync, createWriteStream, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {eventsUntilClose, type Group, type Options, outputOf, type Spawn, textOf} from '../observe.js';

const shapes = ({stdio}: {stdio: readonly unknown[]}): string =>
  stdio.map(stream => (stream === null ? 'null' : 'stream')).join(' ');

/** Returns which entries of a child's stdio are streams, and how it ends. */
async function shaped(spawn: Spawn, stdio: Options['stdio']): Promise<string> {
  const child = spawn('true', {stdio});
  const end = eventsUntilClose(child);
  return `${shapes(child as {stdio: unknown[]})}, ${await end}`;
}

async function inDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync('/tmp/namespawn-test-');
  try {
    return await use(directory);
  } finally {
    rmSync(directory, {recursive: true});
  }
}

export const stdio: Group = {
  title: 'stdio',
  scenarios: [
    {name: "'pipe'", run: spawn => shaped(spawn, 'pipe')},
    {name: "'overlapped'", run: spawn => shaped(spawn, 'overlapped')},
    {name: "'ignore'", run: spawn => shaped(spawn, 'ignore')},
    {name: "'inherit'", run: spawn => shaped(spawn, 'inherit')},
    {name: 'null', run: spawn => shaped(spawn, null as unknown as Options['stdio'])},
    {name: 'an empty array', run: spawn => shaped(spawn, [])},
    {name: 'null and undefined entries', run: spawn => shaped(spawn, [null, undefined, null, undefined, null])},
    {name: 'all words', run: spawn => shaped(spawn, ['pipe', 'ignore', 'inherit', 'overlapped', 'pipe'])},
    {name: '-1', run: spawn => shaped(spawn, [-1, 'ignore', 'ignore', -1])},
    {
      name: "'ignore' is /dev/null",
      run: async spawn =>
        outputOf(spawn('sh', ['-c', 'readlink /proc/$$/fd/0 /proc/$$/fd/2'], {stdio: ['ignore', 'pipe', 'ignore']})),
    },
    {
      name: "'inherit' is the same file",
      run: async spawn => {
        const child = spawn('sh', ['-c', 'stat -L -c %d:%i /proc/$$/fd/0 >&3'], {
          stdio: ['inherit', 'ignore', 'inherit', 'pipe'],
        });
        const end = eventsUntilClose(child);
        const text = await textOf(child.stdio[3] as Duplex);
        await end;
        const {fstatSync} = await import('node:fs');
        const {dev, ino} = fstatSync(0);
        return String(text.trim() === `${dev}:${ino}`);
      },
    },
    {
      name: 'a descriptor',
      run: spawn =>
        inDirectory(async directory => {
          const fd = openSync(`${directory}/out`, 'w');
          const child = spawn('echo', ['to a file'], {stdio: ['ignore', fd, fd]});
          closeSync(fd);
          await eventsUntilClose(child);
          return readFileSync(`${directory}/out`, 'utf8').trim();
        }),
    },
    {
      name: 'the same descriptor at several numbers, and numbers exchanged',
      run: spawn =>
        inDirectory(async directory => {
          const one = openSync(`${directory}/one`, 'w');
          const two = openSync(`${directory}/two`, 'w');
          const list = ['ignore', 'pipe', 'ignore', two, one, one] as Options['stdio'];
          await eventsUntilClose(spawn('sh', ['-c', 'echo 3 >&3; echo 4 >&4; echo 5 >&5'], {stdio: list}));
          closeSync(one);
          closeSync(two);
          return `${readFileSync(`${directory}/one`, 'utf8')}|${readFileSync(`${directory}/two`, 'utf8')}`.replaceAll(
            '\n',
            ' ',
          );
        }),
    },
    {
      name: 'a file stream',
      run: spawn =>
        inDirectory(async directory => {
          const stream = createWriteStream(`${directory}/out`);
          await once(stream, 'open');
          await eventsUntilClose(spawn('echo', ['to a stream'], {stdio: ['ignore', stream, 'ignore']}));
          stream.destroy();
          return readFileSync(`${directory}/out`, 'utf8').trim();
        }),
    },
    {
      name: 'a socket',
      run: async spawn => {
        const server = createServer();
        server.listen(0, '127.0.0.1');
        await once(server, 'listening');
        const {port} = server.address() as {port: number};
        const client = connect(port, '127.0.0.1');
        const [socket] = (await once(server, 'connection')) as [Socket];
        const child = spawn('sh', ['-c', 'read line; echo "got $line"'], {stdio: [socket, socket, 'ignore']});
        // The command may have ended before its output has come through the network.
        const end = eventsUntilClose(child);
        await once(child, 'spawn');
        client.write('a line\n');
        const [data] = await once(client, 'data');
        await end;
        for (const stream of [client, socket]) stream.destroy();
        server.close();
        return String(data).trim();
      },
    },
    {
      name: 'the output of another command',
      run: async spawn => {
        const first = spawn('sh', ['-c', 'for i in 1 2 3 4 5; do echo $i; done']);
        const second = spawn('tr', ['\\n', ' '], {stdio: [first.stdout!, 'pipe', 'inherit']});
        const text = await outputOf(second);
        first.stdout!.destroy();
        return text;
      },
    },
    {
      name: "'close' of a command whose output another one reads",
      run: async spawn => {
        const first = spawn('echo', ['1']);
        let isClosed = false;
        first.once('close', () => {
          isClosed = true;
        });
        const second = spawn('cat', {stdio: [first.stdout!, 'ignore', 'inherit']});
        await Promise.all([once(second, 'close'), first.exitCode === null ? once(first, 'exit') : undefined]);
        // More turns than it can need.
        for (let turn = 0; turn < 200 && !isClosed; turn++) await new Promise(resolve => setTimeout(resolve, 1));
        first.stdout!.destroy();
        return isClosed ? 'comes' : 'never comes';
      },
      difference: {
        childProcess: 'never comes',
        namespawn: 'comes',
        why: 'When a command has ended, Node closes its own end of a pipe that another command reads.',
      },
    },
    {
      name: 'a descriptor above 2 is a duplex pipe',
      run: async spawn => {
        const child = spawn('sh', ['-c', 'read line <&3; echo "got $line" >&3'], {
          stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
        });
        const pipe = child.stdio[3] as Duplex;
        const text = textOf(pipe as unknown as typeof child.stdout);
        pipe.write('a line\n');
        await once(child, 'close');
        return (await text).trim();
      },
    },
    {
      name: 'opening /dev/stdout',
      run: spawn =>
        outputOf(spawn('sh', ['-c', 'echo works 2>/dev/null >/dev/stdout || echo fails'])).then(text => text),
      difference: {
        childProcess: 'fails',
        namespawn: 'works',
        why: 'Descriptors 0 to 2 are pipes, not sockets. Many programs and scripts open /dev/stdout or /dev/stderr.',
      },
    },
    {
      name: 'a descriptor that is not open',
      run: async spawn => {
        try {
          return await eventsUntilClose(spawn('true', {stdio: ['ignore', 9999, 'ignore']}));
        } catch (error) {
          return `throws ${(error as NodeJS.ErrnoException).code}`;
        }
      },
      difference: {
        childProcess: 'throws EBADF',
        namespawn: "error (NamespaceError EBADF 'sendmsg' step stdio), close -9 null",
        why: "Every failed system call is reported by an 'error' event, so that a program can handle all of them in one place.",
      },
    },
  ],
};
