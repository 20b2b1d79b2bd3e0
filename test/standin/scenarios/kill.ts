// kill, abort and timeout.
import {once} from 'node:events';
import {type Child, eventsUntilClose, type Group, record, type Spawn, thrownBy} from '../observe.js';

const sleeper = (spawn: Spawn, options = {}): Child => spawn('sleep', ['1000'], options);

/** Calls a function on a running sleeper. Returns its result, whether the sleeper counts as killed, and how it ends. */
async function killed(spawn: Spawn, act: (child: Child) => unknown): Promise<string> {
  const child = sleeper(spawn);
  await once(child, 'spawn');
  const result = act(child);
  const before = child.killed;
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  const [code, signal] = await once(child, 'close');
  return `${result}, killed ${before}, close ${code} ${signal}`;
}

export const kill: Group = {
  title: 'kill',
  scenarios: [
    {name: 'kill()', run: spawn => killed(spawn, child => child.kill())},
    {name: "kill('SIGINT'), then SIGKILL", run: spawn => killed(spawn, child => child.kill('SIGINT'))},
    {name: 'kill(9)', run: spawn => killed(spawn, child => child.kill(9))},
    {name: 'kill(0)', run: spawn => killed(spawn, child => child.kill(0))},
    {name: 'kill twice', run: spawn => killed(spawn, child => [child.kill('SIGKILL'), child.kill('SIGKILL')])},
    {
      name: 'kill with an unknown signal',
      run: spawn =>
        killed(spawn, child =>
          ['SIGNONE', -1, 1000, null, {}].map(signal => thrownBy(() => child.kill(signal as never))).join(', '),
        ),
    },
    {name: "kill('sigterm')", run: spawn => killed(spawn, child => child.kill('sigterm' as NodeJS.Signals))},
    {
      name: 'kill with a real-time signal',
      run: spawn => killed(spawn, child => thrownBy(() => child.kill(40))),
      difference: {
        childProcess: 'TypeError ERR_UNKNOWN_SIGNAL, killed false, close null SIGKILL',
        namespawn: 'nothing, killed true, close null SIGRTMIN+6',
        why: 'Every signal of the kernel can be sent.',
      },
    },
    {
      name: "kill before 'spawn'",
      run: async spawn => {
        const child = sleeper(spawn);
        const result = child.kill();
        return `${result}, ${await eventsUntilClose(child)}`;
      },
    },
    {
      name: 'kill after the end',
      run: async spawn => {
        const child = spawn('true');
        const results: unknown[] = [];
        child.on('exit', () => results.push(child.kill()));
        await once(child, 'close');
        return [...results, child.kill(), child.kill(0), child.killed].join(', ');
      },
    },
    {
      name: 'kill where the command was not found',
      run: async spawn => {
        const child = spawn('namespawn-no-such-command');
        const events = record(child);
        await once(child, 'close').catch(() => {});
        return `${child.kill()}, killed ${child.killed}, ${events.length} events`;
      },
    },
    {
      name: '[Symbol.dispose]()',
      run: async spawn => {
        const child = sleeper(spawn);
        (child as Disposable)[Symbol.dispose]();
        return `${child.killed}, ${await eventsUntilClose(child)}`;
      },
    },
    {
      name: 'a signal to the group of a detached command',
      run: async spawn => {
        const script = 'trap "" USR1; (trap "exit 7" USR1; echo up; while :; do sleep 0.01; done); exit $?';
        const child = spawn('sh', ['-c', script], {detached: true});
        await once(child.stdout!, 'data');
        process.kill(-child.pid!, 'SIGUSR1');
        const [code, signal] = await once(child, 'close');
        return `close ${code} ${signal}`;
      },
    },
  ],
};

export const abort: Group = {
  title: 'signal and timeout',
  scenarios: [
    {name: 'aborted before', run: spawn => eventsUntilClose(sleeper(spawn, {signal: AbortSignal.abort()}))},
    {
      name: 'aborted in the same turn',
      run: async spawn => {
        const controller = new AbortController();
        const end = eventsUntilClose(sleeper(spawn, {signal: controller.signal}));
        controller.abort();
        return end;
      },
    },
    {
      name: "aborted at 'spawn'",
      run: async spawn => {
        const controller = new AbortController();
        const child = sleeper(spawn, {signal: controller.signal});
        const end = eventsUntilClose(child);
        child.once('spawn', () => controller.abort());
        return end;
      },
    },
    {
      name: 'aborted after the end',
      run: async spawn => {
        const controller = new AbortController();
        const child = spawn('true', {signal: controller.signal});
        const events = record(child);
        await once(child, 'close');
        controller.abort();
        return events.join(', ');
      },
    },
    {
      name: 'the reason, and killSignal',
      run: async spawn => {
        const controller = new AbortController();
        const child = sleeper(spawn, {signal: controller.signal, killSignal: 'SIGKILL'});
        const reason = new Promise(resolve => child.once('error', error => resolve(error.cause)));
        child.once('spawn', () => controller.abort('enough'));
        const [, signal] = await new Promise<unknown[]>(resolve => child.once('close', (...end) => resolve(end)));
        return `${await reason}, ${signal}`;
      },
    },
    {
      name: 'aborted, and the command is not found',
      run: spawn => eventsUntilClose(spawn('namespawn-no-such-command', {signal: AbortSignal.abort()})),
    },
    {name: 'timeout', run: spawn => eventsUntilClose(sleeper(spawn, {timeout: 20}))},
    {
      name: 'timeout with killSignal',
      run: spawn => eventsUntilClose(sleeper(spawn, {timeout: 20, killSignal: 'SIGKILL'})),
    },
    {name: 'ends before the timeout', run: spawn => eventsUntilClose(spawn('true', {timeout: 60_000}))},
    {name: 'timeout 0', run: spawn => eventsUntilClose(spawn('true', {timeout: 0}))},
    {
      name: 'killed at the timeout',
      run: async spawn => {
        const child = sleeper(spawn, {timeout: 20});
        await once(child, 'close');
        return `killed ${child.killed}`;
      },
    },
  ],
};
