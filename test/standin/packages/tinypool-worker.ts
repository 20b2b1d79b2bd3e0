// What the workers of tinypool run.
import * as tinypool from 'tinypool';

interface Task {
  add?: [number, number];
  fail?: string;
  exit?: number;
  show?: boolean;
  data?: boolean;
  pid?: boolean;
  forever?: boolean;
  talk?: boolean;
}

export const twice = (text: string): string => text + text;

// biome-ignore lint/style/noDefaultExport: tinypool calls the default export.
export default function run(task: Task): unknown {
  if (task.add) return task.add[0] + task.add[1];
  if (task.fail !== undefined) throw new Error(task.fail);
  if (task.exit !== undefined) return process.exit(task.exit);
  if (task.show) return [process.env.A, process.argv.slice(2)];
  if (task.data) return typeof tinypool.workerId;
  if (task.pid) return process.pid;
  if (task.forever) return new Promise(() => setInterval(() => {}, 1000));
  process.send!('there');
  return new Promise(resolve => {
    process.on('message', message => {
      if (typeof message === 'string') resolve(message);
    });
  });
}
