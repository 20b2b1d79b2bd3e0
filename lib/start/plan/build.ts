// Builds a plan from resolved options. The features write its operations, in the order of features/order.ts.
import type {
  CommandBase,
  CommandFeature,
  IdMapTexts,
  ResolvedSetup,
  SetupFeature,
  Step,
} from '../../features/feature.js';
import {nothing, type Settings} from '../../features/feature.js';
import {cloneMask} from '../../features/namespaces.js';
import {command, setup as setupOrder} from '../../features/order.js';
import {native} from '../../shared/native.js';
import type {ResolvedProcess} from '../options/resolve.js';
import type {StdioEntry} from '../options/stdio.js';
import {CommandOperationWriter, SetupOperationWriter} from './operations.js';
import {PlanWriter} from './writer.js';

/** The first part of a plan (its set-up), and what the launch needs besides. */
export interface SetupPlan {
  /** The SETUP frame. */
  bytes: Uint8Array;
  /** The contents of the id map files that Node writes, if nsinit may not write them itself. */
  maps: IdMapTexts | undefined;
  /** The step of each operation of the set-up, by its index. The steps that Node carries out follow. */
  steps: Step[];
}

/** The step of each operation of a command, by its index. */
export type CommandSteps = readonly Step[];

// The plans that were written before, by their set-up and by whether the command shares a terminal with the caller. Most spawns of a
// program have the same set-up.
const writtenPlans = new WeakMap<ResolvedSetup, Map<boolean, SetupPlan>>();

/** Returns the plan of a set-up for one command. */
export function planSetup(setup: ResolvedSetup, sharesTerminal: boolean): SetupPlan {
  const plans = writtenPlans.get(setup) ?? new Map<boolean, SetupPlan>();
  let plan = plans.get(sharesTerminal);
  if (plan === undefined) {
    plan = writeSetup(setup, sharesTerminal, false);
    writtenPlans.set(setup, plans.set(sharesTerminal, plan));
  }
  return plan;
}

/** Returns the plan of a sandbox, in which nsinit waits for commands. */
export function planSandbox(setup: ResolvedSetup): SetupPlan {
  return writeSetup(setup, false, true);
}

/** Returns the plan of a set-up for one command after which nsinit waits until Node has collected files. */
export function planLingering(setup: ResolvedSetup, sharesTerminal: boolean): SetupPlan {
  return writeSetup(setup, sharesTerminal, false, undefined, true);
}

/** A socket that is made inside. src-native/protocol/inside_socket.h */
export interface WantedSocket {
  /** SOCK_STREAM or SOCK_DGRAM. */
  type: number;
  /** INSIDE_SOCKET_*. */
  flags: number;
  /** A struct sockaddr. Its family is that of the socket. */
  address: Uint8Array;
}

/** The plan of an nsinit that makes a socket in the namespaces it joins, sends it, and starts no command. */
export function planSocket(setup: ResolvedSetup, {type, flags, address}: WantedSocket): SetupPlan {
  const words = new Uint32Array(Math.ceil(address.length / 4));
  new Uint8Array(words.buffer).set(address);
  return writeSetup(setup, false, true, operations => {
    operations.addList({step: 'socket'}, 'SOCKET', [type, flags, address.length], [...words]);
  });
}

const setupFeatures: readonly SetupFeature[] = setupOrder;
const commandFeatures: readonly CommandFeature[] = command;

/** @param writeLast - writes what an nsinit without commands has to do beside the features */
function writeSetup(
  setup: ResolvedSetup,
  sharesTerminal: boolean,
  isSandbox: boolean,
  writeLast?: (operations: SetupOperationWriter) => void,
  lingers = false,
): SetupPlan {
  const writer = new PlanWriter();
  const operations = new SetupOperationWriter(writer);
  writer.frame(native().protocol.frames.SETUP!, 0);
  if (sharesTerminal) operations.setFlag('SHARES_TERMINAL');
  if (isSandbox) operations.setFlag('SANDBOX');
  if (lingers) operations.setFlag('LINGERS');
  if (!setup.namespaces.has('pid') && writeLast === undefined) operations.setFlag('OWN_CGROUP');
  setupFeatures.forEach((feature, index) => {
    feature.write(operations, setup.settings.at(index), setup);
  });
  writeLast?.(operations);
  writer.setFrameNumbers([operations.flags, cloneMask(setup.namespaces), operations.forwarded]);
  return {bytes: writer.copy(0), maps: operations.maps, steps: operations.steps.concat(operations.notes)};
}

/** The beginning of a SPAWN frame: everything before the operation that executes the command. */
interface FramePrefix {
  bytes: Uint8Array;
  steps: CommandSteps;
}

// The prefixes of usual commands, by their set-up and key. Most commands of a set-up differ only in their id and in what they execute.
const prefixes = new WeakMap<ResolvedSetup, Map<number, FramePrefix>>();

/**
 * Writes a SPAWN frame.
 * @param id - the id of the command, by which later frames and reports name it
 * @returns the step of each operation
 */
export function writeCommand(
  writer: PlanWriter,
  id: number,
  setup: ResolvedSetup,
  process: ResolvedProcess,
  stdio: readonly StdioEntry[],
): CommandSteps {
  const key = usualKey(process, stdio);
  let prefix = key === undefined ? undefined : prefixes.get(setup)?.get(key);
  if (prefix !== undefined) {
    writer.appendFrame(prefix.bytes, id);
  } else if (key !== undefined) {
    prefix = writeUsualPrefix(writer, id, setup, key);
    prefixes.set(setup, (prefixes.get(setup) ?? new Map<number, FramePrefix>()).set(key, prefix));
  } else {
    prefix = writePrefix(writer, id, baseOf(setup, process, stdio), process.settings);
  }
  const {file, argv, env, descriptor} = process.command;
  writer.execOperation(file, argv, env, descriptor);
  return prefix.steps;
}

/** Returns the key of a usual command's prefix among those of its set-up, or undefined for a command that is not usual. */
function usualKey({settings, newSession}: ResolvedProcess, stdio: readonly StdioEntry[]): number | undefined {
  if (settings !== nothing) return undefined;
  for (let i = 0; i < stdio.length; i++) if (stdio[i]!.target !== i) return undefined;
  return stdio.length * 2 + Number(newSession);
}

/** Writes the prefix of a usual command from its key alone, so that it contains no setting of the command for which it is written first. */
function writeUsualPrefix(writer: PlanWriter, id: number, setup: ResolvedSetup, key: number): FramePrefix {
  const targets: number[] = [];
  for (let index = 0; index < key >> 1; index++) targets.push(index);
  return writePrefix(writer, id, {setup, targets, sent: {}, newSession: (key & 1) === 1}, nothing);
}

function baseOf(setup: ResolvedSetup, {newSession}: ResolvedProcess, stdio: readonly StdioEntry[]): CommandBase {
  const numberOf = (use: StdioEntry['use']): number | undefined => stdio.find(entry => entry.use === use)?.target;
  const sent = {ruleset: numberOf('ruleset'), listener: numberOf('listener')};
  return {setup, targets: stdio.map(({target}) => target), sent, newSession};
}

function writePrefix(writer: PlanWriter, id: number, base: CommandBase, settings: Settings): FramePrefix {
  const {setup, targets} = base;
  const start = writer.size;
  const operations = new CommandOperationWriter(writer);
  writer.frame(native().protocol.frames.SPAWN!, id);
  commandFeatures.forEach((feature, index) => {
    feature.write(operations, settings.at(index), base);
  });
  const ownsPid = setup.namespaces.has('pid') && !setup.isInit;
  writer.setFrameNumbers([ownsPid ? cloneMask(['pid']) : 0, targets.length, operations.pid]);
  operations.steps.push({step: 'command'});
  return {bytes: writer.copy(start), steps: operations.steps};
}
