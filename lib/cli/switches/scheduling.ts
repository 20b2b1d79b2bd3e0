// The switches of `namespawn run` for its share of the CPUs and disks.
import {type Command, InvalidArgumentError} from 'commander';
import type {IoPriority, Scheduler} from '../../features/scheduling.js';
import type {SpawnOptions} from '../../start/options/spawn-options.js';

/** The switches of scheduling. */
export interface SchedulingSwitches {
  nice?: number;
  ioPriority?: IoPriority;
  scheduler?: Scheduler;
  cpuAffinity?: number[];
}

/** Adds the switches. */
export function addSchedulingSwitches(command: Command): void {
  command
    .option('--nice <value>', 'the nice value, from -20 to 19', parseNice)
    .option(
      '--io-priority <class>',
      'the priority for disks: realtime, best-effort or idle; realtime:LEVEL and best-effort:LEVEL from 0 to 7',
      text => {
        const [name, level] = parsePair(text);
        // The library knows the classes.
        return {class: name, level} as IoPriority;
      },
    )
    .option('--scheduler <policy>', 'the policy: other, batch, idle, fifo:PRIORITY or rr:PRIORITY', text => {
      const [policy, priority] = parsePair(text);
      return {policy, priority} as Scheduler;
    })
    .option('--cpu-affinity <cpus>', 'the CPUs on which the command may run, for example 0,2-3', parseCpus);
}

/** Returns the options that the switches stand for. */
export function toScheduling({nice, ioPriority, scheduler, cpuAffinity}: SchedulingSwitches): SpawnOptions {
  return {nice, ioPriority, scheduler, cpuAffinity};
}

function parseNice(text: string): number {
  if (!/^-?\d{1,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from -20 to 19.');
  return Number(text);
}

function parsePair(text: string): [name: string, number: number | undefined] {
  const [, name, number] = /^([\w-]+)(?::(\d{1,3}))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It must be NAME or NAME:NUMBER.');
  return [name, number === undefined ? undefined : Number(number)];
}

function parseCpus(text: string): number[] {
  return text.split(',').flatMap(part => {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first)) {
      throw new InvalidArgumentError('It must be a list of numbers and ranges, such as 0,2-3.');
    }
    return Array.from({length: Number(last) - Number(first) + 1}, (_, index) => Number(first) + index);
  });
}
