// Input for a pseudo-terminal whose reader is slow, or never reads: the input waits, and nothing else does.
import assert from 'node:assert/strict';
import {createHash, randomFillSync} from 'node:crypto';
import {once} from 'node:events';
import {describe, test} from 'node:test';
import {Worker} from 'node:worker_threads';
import {createSandbox, type NamespacedProcess, type PseudoTerminal, spawnInNamespace} from 'namespawn';
import {eventually} from '../helpers/eventually.js';
import {closed} from '../helpers/finished.js';
import {leavesNothing} from '../helpers/leaks.js';
import {readProc} from '../helpers/processes.js';
import {scaled} from '../helpers/time.js';

interface Raw {
  child: NamespacedProcess;
  pty: PseudoTerminal;
  /** Is fulfilled at 'close'. */
  end: Promise<unknown>;
}

/** Starts a command with its terminal in raw mode, and waits until it runs. Later output is still to be read. */
async function openRaw(command: string): Promise<Raw> {
  const child = spawnInNamespace('sh', ['-c', `stty raw -echo; echo READY; ${command}`], {pty: true});
  const pty = child.pty!;
  const end = closed(child);
  await shows(pty, 'READY\n');
  return {child, pty, end};
}

/** Waits for a text, and leaves the output after it unread. */
async function shows(pty: PseudoTerminal, text: string): Promise<void> {
  let shown = '';
  for (;;) {
    shown += (pty.read() as Buffer | null)?.toString('latin1') ?? '';
    if (shown.includes(text)) break;
    await once(pty, 'readable');
  }
  const rest = shown.slice(shown.indexOf(text) + text.length);
  if (rest !== '') pty.unshift(Buffer.from(rest, 'latin1'));
}

/** Writes data, and waits for the callback. */
function typed(pty: PseudoTerminal, text: string | Buffer): Promise<string | undefined> {
  return new Promise(resolve =>
    pty.write(text, error => resolve((error as NodeJS.ErrnoException | null | undefined)?.code)),
  );
}

const much = 'y'.repeat(50_000);

describe('if the command does not read', () => {
  test('the event loop continues, write() returns false, and the callbacks are called when the command ends', () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec sleep 1000');
      const first = typed(pty, much);
      const further = [typed(pty, much), typed(pty, much)];
      assert.equal(pty.write(much), false);
      assert.ok(pty.writableNeedDrain);
      let isTold = false;
      first.finally(() => {
        isTold = true;
      });
      // Another command runs to its end meanwhile.
      await closed(spawnInNamespace('true'));
      assert.equal(isTold, false);
      assert.ok(pty.writableLength > 0);
      const drained = once(pty, 'drain');
      child.kill('SIGKILL');
      assert.deepEqual(await Promise.all([first, ...further]), [undefined, undefined, undefined]);
      await drained;
      await end;
    }));

  test('the callbacks are called after destroy()', () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec sleep 1000');
      const writes = [typed(pty, much), typed(pty, much)];
      pty.destroy();
      assert.deepEqual(await Promise.all(writes), ['ERR_STREAM_DESTROYED', 'ERR_STREAM_DESTROYED']);
      assert.equal(await typed(pty, 'more'), 'ERR_STREAM_DESTROYED');
      // The terminal is hung up.
      await end;
      assert.equal(child.signalCode, 'SIGHUP');
    }));

  test('and has closed the terminal, the input is discarded', () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec <&- >&- 2>&-; exec sleep 1000');
      assert.deepEqual(await Promise.all([typed(pty, much), typed(pty, much)]), [undefined, undefined]);
      assert.equal(await typed(pty, much), undefined);
      child.kill('SIGKILL');
      await end;
    }));

  test('a Worker that writes can be terminated', () =>
    leavesNothing(async () => {
      const code = `
        import {parentPort} from 'node:worker_threads';
        import {spawnInNamespace} from '${import.meta.resolve('namespawn')}';
        const child = spawnInNamespace('sh', ['-c', 'stty raw -echo; echo READY; exec sleep 1000'], {pty: true});
        child.pty.once('data', () => parentPort.postMessage(child.pty.write('y'.repeat(100_000))));`;
      for (let round = 0; round < 3; round++) {
        const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`));
        assert.deepEqual(await once(worker, 'message'), [false]);
        await worker.terminate();
      }
    }));
});

describe('if the command reads', () => {
  test("'drain' is emitted, and the callback is called once the terminal has accepted everything", () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec cat >/dev/null');
      // Otherwise the command could read as fast as this process writes, on another processor.
      const reader = child.hostPid!;
      process.kill(reader, 'SIGSTOP');
      await eventually(() => assert.match(readProc(`${reader}/stat`)!, /\) T/));
      const taken = typed(pty, much.slice(1));
      assert.equal(pty.write('y'), false);
      process.kill(reader, 'SIGCONT');
      await once(pty, 'drain');
      assert.equal(await taken, undefined);
      child.kill('SIGKILL');
      await end;
    }));

  test('but its output is not read, both wait, and continue later', () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec cat');
      const size = 2_000_000;
      const taken = typed(pty, 'y'.repeat(size));
      await closed(spawnInNamespace('true'));
      assert.ok(pty.readableLength < 200_000, `${pty.readableLength}`);
      let length = 0;
      for await (const chunk of pty) {
        length += chunk.length;
        if (length === size) child.kill('SIGKILL');
      }
      assert.equal(await taken, undefined);
      assert.equal(length, size);
      await end;
    }));

  test('10 MB are echoed intact', () =>
    leavesNothing(async () => {
      const {child, pty, end} = await openRaw('exec cat');
      const bytes = randomFillSync(Buffer.alloc(scaled(10_000_000)));
      const hash = createHash('sha256');
      let length = 0;
      pty.on('data', (chunk: Buffer) => {
        length += chunk.length;
        hash.update(chunk);
        if (length >= bytes.length) child.kill('SIGKILL');
      });
      assert.equal(await typed(pty, bytes), undefined);
      await end;
      assert.equal(length, bytes.length);
      assert.equal(hash.digest('hex'), createHash('sha256').update(bytes).digest('hex'));
    }));

  test('both directions work at the same time', () =>
    leavesNothing(async () => {
      const size = scaled(10_000_000);
      const {child, pty, end} = await openRaw(
        `head -c ${size} /dev/zero & head -c ${size} >/dev/null; wait; exec sleep 1000`,
      );
      let length = 0;
      pty.on('data', (chunk: Buffer) => {
        length += chunk.length;
      });
      for (let written = 0; written < size; written += 10_000) {
        if (!pty.write(Buffer.alloc(Math.min(10_000, size - written)))) await once(pty, 'drain');
      }
      while (length < size) await once(pty, 'data');
      assert.equal(length, size);
      child.kill('SIGKILL');
      await end;
    }));
});

test("input after 'exit' is discarded, and its callback is called", () =>
  leavesNothing(async () => {
    const {child, pty, end} = await openRaw('read line; exit 3');
    const taken = new Promise(resolve => child.once('exit', () => resolve(typed(pty, much))));
    pty.write('\n');
    assert.equal(await taken, undefined);
    await end;
    assert.equal(await typed(pty, much), 'ERR_STREAM_DESTROYED');
  }));

test('input after the exit is discarded also in a sandbox whose daemon keeps the terminal open', () =>
  leavesNothing(async () => {
    await using sandbox = await createSandbox();
    const script = 'stty raw -echo; setsid sleep 1000 & echo READY; read line; exit 3';
    const child = sandbox.spawn('sh', ['-c', script], {pty: true});
    const pty = child.pty!;
    await once(pty, 'data');
    // One line for the command, and then input that no process reads.
    const end = closed(child);
    const taken = [typed(pty, '\n'), typed(pty, much)];
    await end;
    assert.deepEqual(await Promise.all(taken), [undefined, undefined]);
  }));
