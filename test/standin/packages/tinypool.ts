// The features of tinypool whose workers are processes.
import {fileURLToPath} from 'node:url';
import {Tinypool} from 'tinypool';
import {type Case, reasonOf} from './case.js';

const filename = fileURLToPath(new URL('tinypool-worker.js', import.meta.url));

export function tinypoolCases(): Case[] {
  const withPool = async (use: (pool: Tinypool) => unknown, options: object = {}): Promise<unknown> => {
    const pool = new Tinypool({filename, runtime: 'child_process', minThreads: 1, maxThreads: 2, ...options});
    try {
      return await use(pool);
    } finally {
      await pool.destroy();
    }
  };
  const isNumber = (value: unknown): string => typeof value;
  return [
    {name: 'a task', run: () => withPool(pool => pool.run({add: [1, 2]}))},
    {name: 'a named function', run: () => withPool(pool => pool.run('x', {name: 'twice'}))},
    {
      name: 'many tasks',
      run: () => withPool(pool => Promise.all(Array.from({length: 20}, (_, n) => pool.run({add: [n, n]})))),
    },
    {
      name: 'a task that throws',
      run: () => withPool(async pool => ((await reasonOf(pool.run({fail: 'no'}))) as Error).message),
    },
    {
      name: 'a worker that exits',
      run: () => withPool(async pool => ((await reasonOf(pool.run({exit: 3}))) as Error).message),
    },
    {name: 'env and argv', run: () => withPool(pool => pool.run({show: true}), {env: {A: 'set'}, argv: ['x']})},
    {name: 'workerId', run: () => withPool(pool => pool.run({data: true}), {workerData: {a: 1}})},
    {
      name: 'isolateWorkers',
      run: () =>
        withPool(
          async pool => {
            const pids = [await pool.run({pid: true}), await pool.run({pid: true})];
            return pids.map(isNumber);
          },
          {isolateWorkers: true},
        ),
    },
    {
      name: 'recycleWorkers',
      run: () =>
        withPool(async pool => {
          await pool.run({add: [1, 1]});
          await pool.recycleWorkers();
          return pool.run({add: [2, 2]});
        }),
    },
    {
      name: 'a signal',
      run: () =>
        withPool(async pool => {
          const controller = new AbortController();
          const task = pool.run({forever: true}, {signal: controller.signal});
          setTimeout(() => controller.abort(), 100);
          return ((await reasonOf(task)) as Error).message;
        }),
    },
    {
      name: 'cancelPendingTasks',
      run: () =>
        withPool(
          async pool => {
            const tasks = Array.from({length: 6}, (_, n) =>
              pool.run({add: [n, n]}).catch((error: Error) => error.message),
            );
            pool.cancelPendingTasks();
            return (await Promise.all(tasks)).at(-1);
          },
          {maxThreads: 1, concurrentTasksPerWorker: 1},
        ),
    },
    {
      name: 'a channel',
      run: () =>
        withPool(async pool => {
          const seen: unknown[] = [];
          let send: (message: unknown) => void = () => {};
          const channel = {
            onMessage: (callback: (message: unknown) => void) => {
              send = callback;
            },
            postMessage: (message: unknown) => {
              seen.push(message);
              send('back');
            },
          };
          const result = await pool.run({talk: true}, {channel} as never);
          return [seen, result];
        }),
    },
    {
      name: 'destroy while a task runs',
      run: async () => {
        const pool = new Tinypool({filename, runtime: 'child_process', minThreads: 1, maxThreads: 1});
        const task = reasonOf(pool.run({forever: true}));
        await pool.destroy();
        return ((await task) as Error).message;
      },
    },
  ];
}
