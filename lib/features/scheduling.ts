// The options `nice`, `ioPriority`, `scheduler` and `cpuAffinity`: which share of the CPUs and disks the command gets.
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {KnownOptions, listed, namesOf} from '../shared/known-options.js';
import {isGiven, validateInteger} from '../shared/validate.js';
import {commandFeature} from './feature.js';

/** A priority for block devices. ioprio_set(2) */
export interface IoPriority {
  /** 'realtime' is served before all others, and 'idle' only when no other process needs the device. */
  class: 'realtime' | 'best-effort' | 'idle';
  /** From 0, the highest, to 7; without effect for 'idle'. Default: 4. */
  level?: number | undefined;
}

/** A scheduling policy. sched(7) */
export interface Scheduler {
  /** The policy: SCHED_OTHER and so on, in lower case. */
  policy: 'other' | 'batch' | 'idle' | 'fifo' | 'rr';
  /** From 1 to 99, the highest, for 'fifo' and 'rr'; the other policies have none. Default: 1. */
  priority?: number | undefined;
}

export interface SchedulingOptions {
  /** The nice value, from -20, the highest priority, to 19. Default: the caller's. CAP_SYS_NICE or RLIMIT_NICE to lower it. setpriority(2) */
  nice?: number | undefined;
  /** The priority for block devices. Default: the caller's. CAP_SYS_ADMIN or CAP_SYS_NICE for 'realtime'. ioprio_set(2) */
  ioPriority?: IoPriority | undefined;
  /** The scheduling policy. Default: the caller's. CAP_SYS_NICE or RLIMIT_RTPRIO for 'fifo' and 'rr'. sched_setscheduler(2) */
  scheduler?: Scheduler | undefined;
  /** The numbers of the CPUs on which the command may run. Default: the caller's. sched_setaffinity(2) */
  cpuAffinity?: readonly number[] | undefined;
}

export interface ResolvedScheduling {
  nice: number | undefined;
  ioPriority: number | undefined;
  scheduler: readonly [policy: number, priority: number] | undefined;
  cpuAffinity: readonly number[] | undefined;
}

// include/uapi/linux/ioprio.h
const classes = {realtime: 1, 'best-effort': 2, idle: 3};
const IOPRIO_CLASS_SHIFT = 13;
// include/uapi/linux/sched.h
const policies = {other: 0, fifo: 1, rr: 2, batch: 3, idle: 5};
/** The largest number of CPUs that a kernel can be built for: NR_CPUS of x86-64. */
const cpusMax = 8192;

export const scheduling = commandFeature<SchedulingOptions, ResolvedScheduling>({
  title: 'Scheduling',
  examples: {nice: 7, ioPriority: {class: 'idle'}, scheduler: {policy: 'batch'}, cpuAffinity: [0]},
  resolve({nice, ioPriority, scheduler, cpuAffinity}) {
    const given = [nice, ioPriority, scheduler, cpuAffinity];
    if (!given.some(isGiven)) return undefined;
    if (isGiven(nice)) validateInteger(nice, 'options.nice', -20, 19);
    return {
      nice: nice ?? undefined,
      ioPriority: isGiven(ioPriority) ? resolveIoPriority(ioPriority) : undefined,
      scheduler: isGiven(scheduler) ? resolveScheduler(scheduler) : undefined,
      cpuAffinity: isGiven(cpuAffinity) ? resolveCpus(cpuAffinity) : undefined,
    };
  },
  write(operations, value) {
    if (value === undefined) return;
    const {nice, ioPriority, scheduler, cpuAffinity} = value;
    // The policy first, because the nice value belongs to some of them.
    if (scheduler !== undefined) operations.add({step: 'scheduler'}, 'SCHEDULER', [...scheduler]);
    if (nice !== undefined) operations.add({step: 'nice'}, 'NICE', [nice]);
    if (ioPriority !== undefined) operations.add({step: 'ioPriority'}, 'IO_PRIORITY', [ioPriority]);
    if (cpuAffinity !== undefined) {
      operations.addList({step: 'cpuAffinity'}, 'AFFINITY', [cpuAffinity.length], cpuAffinity);
    }
  },
  causes: [
    {
      steps: ['nice'],
      code: 'EACCES',
      why: 'only CAP_SYS_NICE in the initial user namespace may lower a nice value below what RLIMIT_NICE allows',
      advice: 'use a higher value, or run as root',
    },
    {
      steps: ['scheduler'],
      code: 'EPERM',
      why: 'a real-time policy needs CAP_SYS_NICE in the initial user namespace, or RLIMIT_RTPRIO',
      advice: "use 'other', 'batch' or 'idle', or run as root",
    },
    {
      steps: ['ioPriority'],
      code: 'EPERM',
      why: "'realtime' needs CAP_SYS_ADMIN or CAP_SYS_NICE in the initial user namespace",
      advice: "use 'best-effort' with level 0, or run as root",
    },
    {
      steps: ['cpuAffinity'],
      code: 'EINVAL',
      why: 'none of these CPUs exists, or the cpuset of the caller has none of them',
      advice: 'look at Cpus_allowed_list in /proc/self/status',
    },
  ],
});

const ioPriorityFields = new KnownOptions(namesOf<IoPriority>({class: true, level: true}));
const schedulerFields = new KnownOptions(namesOf<Scheduler>({policy: true, priority: true}));

function numberIn(table: Readonly<Record<string, number>>, name: unknown, property: string): number {
  if (typeof name === 'string' && Object.hasOwn(table, name)) return table[name]!;
  throw invalidArgValue(property, name, `must be one of ${listed(Object.keys(table), name)}`);
}

function resolveIoPriority(option: IoPriority): number {
  const {class: name, level} = ioPriorityFields.read(option, 'options.ioPriority');
  if (isGiven(level)) validateInteger(level, 'options.ioPriority.level', 0, 7);
  return (numberIn(classes, name, 'options.ioPriority.class') << IOPRIO_CLASS_SHIFT) + (level ?? 4);
}

function resolveScheduler(option: Scheduler): readonly [policy: number, priority: number] {
  const {policy: name, priority} = schedulerFields.read(option, 'options.scheduler');
  const policy = numberIn(policies, name, 'options.scheduler.policy');
  const isRealTime = policy === policies.fifo || policy === policies.rr;
  if (!isGiven(priority)) return [policy, isRealTime ? 1 : 0];
  if (!isRealTime) throw invalidArgValue('options.scheduler.priority', priority, `must be left out with '${name}'`);
  validateInteger(priority, 'options.scheduler.priority', 1, 99);
  return [policy, priority];
}

/** Returns the bits of the CPUs, in words of 32. */
function resolveCpus(option: unknown): number[] {
  if (!Array.isArray(option)) throw invalidArgType('options.cpuAffinity', 'an array of numbers', option);
  if (option.length === 0) throw invalidArgValue('options.cpuAffinity', option, 'must contain a CPU');
  for (const [index, cpu] of option.entries()) validateInteger(cpu, `options.cpuAffinity[${index}]`, 0, cpusMax - 1);
  // The kernel reads whole unsigned longs.
  const words = new Uint32Array(2 * Math.ceil((Math.max(...option) + 1) / 64));
  for (const cpu of option) words[cpu >> 5]! |= 1 << (cpu & 31);
  return [...words];
}
