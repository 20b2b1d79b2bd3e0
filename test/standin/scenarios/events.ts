// Events and their order, on success and failure.
import {once} from 'node:events';
import {eventsUntilClose, type Group, record} from '../observe.js';

// One argument may have at most 128 KB.
const tooLong = 'x'.repeat(200_000);

export const events: Group = {
  title: 'Events',
  scenarios: [
    {name: 'success', run: spawn => eventsUntilClose(spawn('true'))},
    {name: 'another exit code', run: spawn => eventsUntilClose(spawn('sh', ['-c', 'exit 3']))},
    {name: 'ended by its own signal', run: spawn => eventsUntilClose(spawn('sh', ['-c', 'kill -ABRT $$']))},
    {
      name: 'ended by a real-time signal',
      run: spawn => eventsUntilClose(spawn('sh', ['-c', 'kill -34 $$'])),
      difference: {
        childProcess: 'spawn, exit 0 null, close 0 null',
        namespawn: 'spawn, exit null SIGRTMIN+0, close null SIGRTMIN+0',
        why: 'A command that was killed does not look like one that succeeded.',
      },
    },
    {name: 'command not found', run: spawn => eventsUntilClose(spawn('namespawn-no-such-command'))},
    {name: 'command not executable', run: spawn => eventsUntilClose(spawn('/etc/passwd'))},
    {name: 'command is a directory', run: spawn => eventsUntilClose(spawn('/etc'))},
    {
      name: 'working directory missing',
      run: spawn => eventsUntilClose(spawn('true', {cwd: '/no/such/directory'})),
      difference: {
        childProcess: "error (Error ENOENT 'spawn true' path true), close -2 null",
        namespawn: "error (NamespaceError ENOENT 'spawn true' path true step cwd), close -2 null",
        why: 'The fields are the same. In addition `step` and `hint` say that the directory is missing and not the command.',
      },
    },
    {
      name: 'arguments too long',
      run: async spawn => {
        try {
          return await eventsUntilClose(spawn('true', [tooLong]));
        } catch (error) {
          return `throws ${(error as NodeJS.ErrnoException).code}`;
        }
      },
      difference: {
        childProcess: 'throws E2BIG',
        namespawn: "error (Error E2BIG 'spawn true' path true), close -7 null",
        why: "Every failed system call is reported by an 'error' event, so that a program can handle all of them in one place.",
      },
    },
    {
      name: 'pid where the command is not found',
      run: async spawn => {
        const child = spawn('namespawn-no-such-command');
        const atReturn = typeof child.pid;
        return `${atReturn} at return, ${await new Promise(resolve => child.once('error', () => resolve(typeof child.pid)))} at 'error'`;
      },
      difference: {
        childProcess: "undefined at return, undefined at 'error'",
        namespawn: "number at return, undefined at 'error'",
        why: 'The command is looked up inside, after the set-up, and the event loop does not wait for that.',
      },
    },
    {
      name: "state at 'exit' and at 'close'",
      run: async spawn => {
        const child = spawn('sh', ['-c', 'exit 5']);
        const seen: string[] = [];
        const note = (event: string): void => {
          seen.push(`${event}: ${child.exitCode} ${child.signalCode} ${child.killed} ${child.connected}`);
        };
        note('return');
        child.on('exit', () => note('exit'));
        child.on('close', () => note('close'));
        await once(child, 'close');
        return seen.join(', ');
      },
    },
    {
      name: "streams that are not read have not ended at 'spawn'",
      run: async spawn => {
        const children = Array.from({length: 20}, () => spawn('true'));
        const ended = children.map(async child => {
          const end = once(child, 'close');
          await once(child, 'spawn');
          const state = `${child.stdout!.readableEnded} ${child.stderr!.readableEnded}`;
          await end;
          return state;
        });
        return [...new Set(await Promise.all(ended))].join(', ');
      },
    },
    {
      name: "listeners added at 'spawn' miss nothing",
      run: async spawn => {
        const child = spawn('echo', ['here']);
        await once(child, 'spawn');
        const log = record(child);
        let text = '';
        child.stdout!.on('data', chunk => {
          text += chunk;
        });
        await once(child, 'close');
        return `${text.trim()}, ${log.join(', ')}`;
      },
    },
  ],
};
