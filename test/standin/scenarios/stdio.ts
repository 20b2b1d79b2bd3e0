// Every form of stdio, and the streams.
import {once} from 'node:events';
import {closeSync, createWriteStream, mkdtempSync, openSync, readFileSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {closed, type Group, type Options, outputOf, type Spawn, textOf} from '../observe.js';

const shapes = ({stdio}: {stdio: readonly unknown[]}): string =>
  stdio.map(stream => (stream === null ? 'null' : 'stream')).join(' ');

/** The shapes of a child's streams, and its end. */
async function shaped(spawn: Spawn, stdio: Options['stdio']): Promise<string> {
  const child = spawn('true', {stdio});
  const end = closed(child);
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
        const end = closed(child);
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
          await closed(child);
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
          await closed(spawn('sh', ['-c', 'echo 3 >&3; echo 4 >&4; echo 5 >&5'], {stdio: list}));
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
          await closed(spawn('echo', ['to a stream'], {stdio: ['ignore', stream, 'ignore']}));
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
        await once(child, 'spawn');
        client.write('a line\n');
        const [data] = await once(client, 'data');
        await closed(child);
        for (const end of [client, socket, server])
          end instanceof Object && 'destroy' in end ? end.destroy() : end.close();
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
        // As many turns as it could need.
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
          return await closed(spawn('true', {stdio: ['ignore', 9999, 'ignore']}));
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

const half = Buffer.from('é');

export const streams: Group = {
  title: 'Streams',
  scenarios: [
    {
      name: 'readable and writable',
      run: async spawn => {
        const child = spawn('true');
        const answer = [child.stdin!, child.stdout!, child.stderr!]
          .map(stream => `${'readable' in stream && stream.readable} ${'writable' in stream && stream.writable}`)
          .join(', ');
        await closed(child);
        return answer;
      },
      difference: {
        childProcess: 'false true, true true, true true',
        namespawn: 'false true, true false, true false',
        why: "Node can read the command's stdout and stderr, and cannot write to them by mistake.",
      },
    },
    {
      name: 'stdin to its end',
      run: async spawn => {
        const child = spawn('cat');
        child.stdin!.write('before spawn, ');
        child.stdin!.end('and the end');
        return outputOf(child);
      },
    },
    {
      name: 'stdin destroyed',
      run: async spawn => {
        const child = spawn('cat');
        child.stdin!.destroy();
        return closed(child);
      },
    },
    {
      name: 'EPIPE where the command closes its stdin',
      run: async spawn => {
        const child = spawn('sh', ['-c', 'exec 0<&-; echo closed; exec sleep 1000']);
        const end = closed(child);
        await once(child.stdout!, 'data');
        const error = new Promise<NodeJS.ErrnoException>(resolve => child.stdin!.once('error', resolve));
        // nsinit may still have a copy of the other end for a moment: until it has gone on after the command's exec.
        const writing = setInterval(() => child.stdin!.write('x'), 5);
        child.stdin!.write('x');
        const {code, syscall} = await error;
        clearInterval(writing);
        child.kill();
        return `${code} ${syscall}, ${await end}`;
      },
    },
    {
      name: 'stdin after the end of the command',
      run: async spawn => {
        const child = spawn('true');
        await once(child, 'close');
        return `${child.stdin!.destroyed} ${child.stdin!.writable}`;
      },
    },
    {
      name: 'stdout destroyed early ends a command that writes',
      run: async spawn => {
        const child = spawn('yes');
        child.stdout!.once('data', () => child.stdout!.destroy());
        const [code] = await once(child, 'close');
        // A socket answers with ECONNRESET where data was unread, and with SIGPIPE else.
        return String(code !== 0);
      },
    },
    {
      name: 'all streams destroyed at once',
      run: async spawn => {
        const child = spawn('sleep', ['0.01']);
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream!.destroy();
        return closed(child);
      },
    },
    {
      name: 'output that nobody reads',
      run: spawn => closed(spawn('sh', ['-c', 'head -c 50000 /dev/zero; head -c 50000 /dev/zero >&2'])),
    },
    {
      name: "output that is read from 'exit' on",
      run: async spawn => {
        const child = spawn('echo', ['kept']);
        let text = '';
        child.on('exit', () =>
          child.stdout!.on('data', chunk => {
            text += chunk;
          }),
        );
        await once(child, 'close');
        return text.trim();
      },
    },
    {
      name: 'encoding across chunks',
      run: async spawn => {
        const child = spawn('sh', [
          '-c',
          `printf '\\${half[0]!.toString(8)}'; sleep 0.02; printf '\\${half[1]!.toString(8)}'`,
        ]);
        return outputOf(child);
      },
    },
    {
      name: 'back-pressure: nothing is lost, and the command waits',
      run: async spawn => {
        const child = spawn('sh', ['-c', 'head -c 20000000 /dev/zero; echo done >&2']);
        const end = closed(child);
        let isDone = false;
        child.stderr!.once('data', () => {
          isDone = true;
        });
        let size = 0;
        child.stdout!.on('data', chunk => {
          size += chunk.length;
        });
        child.stdout!.pause();
        await once(child, 'spawn');
        for (let turn = 0; turn < 50; turn++) await new Promise(resolve => setTimeout(resolve, 1));
        const whilePaused = isDone;
        child.stdout!.resume();
        await end;
        return `done while paused: ${whilePaused}, ${size} bytes`;
      },
    },
    {
      name: 'a large input against back-pressure',
      run: async spawn => {
        const child = spawn('wc', ['-c']);
        const text = outputOf(child);
        const chunk = Buffer.alloc(100_000);
        for (let i = 0; i < 100; i++) if (!child.stdin!.write(chunk)) await once(child.stdin!, 'drain');
        child.stdin!.end();
        return text;
      },
    },
  ],
};
