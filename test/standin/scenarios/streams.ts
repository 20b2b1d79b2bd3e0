// The streams of a child.
import {once} from 'node:events';
import {eventsUntilClose, type Group, outputOf} from '../observe.js';

const half = Buffer.from('é');

export const streams: Group = {
  title: 'Streams',
  scenarios: [
    {
      name: 'readable and writable',
      run: async spawn => {
        const child = spawn('true');
        const result = [child.stdin!, child.stdout!, child.stderr!]
          .map(stream => `${'readable' in stream && stream.readable} ${'writable' in stream && stream.writable}`)
          .join(', ');
        await eventsUntilClose(child);
        return result;
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
        return eventsUntilClose(child);
      },
    },
    {
      name: 'EPIPE where the command closes its stdin',
      run: async spawn => {
        const child = spawn('sh', ['-c', 'exec 0<&-; echo closed; exec sleep 1000']);
        const end = eventsUntilClose(child);
        await once(child.stdout!, 'data');
        const error = new Promise<NodeJS.ErrnoException>(resolve => child.stdin!.once('error', resolve));
        // nsinit may have a copy of the other end until it continues after the command's exec.
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
        // With a socket the command fails with ECONNRESET if data was unread, and otherwise ends by SIGPIPE.
        return String(code !== 0);
      },
    },
    {
      name: 'all streams destroyed at once',
      run: async spawn => {
        const child = spawn('sleep', ['0.01']);
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream!.destroy();
        return eventsUntilClose(child);
      },
    },
    {
      name: 'output that is not read',
      run: spawn => eventsUntilClose(spawn('sh', ['-c', 'head -c 50000 /dev/zero; head -c 50000 /dev/zero >&2'])),
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
        const end = eventsUntilClose(child);
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
