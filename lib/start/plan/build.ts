// Resolved options -> a plan: the operations of the features, in the order of features/order.ts.
import type {CommandFeature, ResolvedSetup, SetupFeature, Step} from '../../features/feature.js';
import {nothing, type Settings} from '../../features/feature.js';
import {cloneMask} from '../../features/namespaces.js';
import {command, setup as setupOrder} from '../../features/order.js';
import {native} from '../../shared/native.js';
import type {ResolvedProcess} from '../options/resolve.js';
import type {StdioEntry} from '../options/stdio.js';
import {CommandOperationWriter, SetupOperationWriter} from './operations.js';
import {PlanWriter} from './writer.js';

/** The first part of a plan, and what the launch needs beside it. */
export interface SetupPlan {
  /** The SETUP frame. */
  bytes: Uint8Array;
  /** The id maps that Node writes, where nsinit may not. */
  maps: [setgroups: string, gidMap: string, uidMap: string] | undefined;
  /** What each operation of the set-up is for, in their order. Steps that Node carries out follow. */
  steps: Step[];
}

/** What each operation of a command is for, in their order. */
export type CommandSteps = readonly Step[];

// The usual set-up comes again and again, with and without a terminal that is shared.
const known = new WeakMap<ResolvedSetup, Map<boolean, SetupPlan>>();

/** The plan of a set-up for one command. */
export function planSetup(setup: ResolvedSetup, sharesTerminal: boolean): SetupPlan {
  const plans = known.get(setup) ?? new Map<boolean, SetupPlan>();
  let plan = plans.get(sharesTerminal);
  if (plan === undefined) {
    plan = writeSetup(setup, sharesTerminal, false);
    known.set(setup, plans.set(sharesTerminal, plan));
  }
  return plan;
}

/** The plan of a sandbox, where nsinit waits for commands to come. */
export function planSandbox(setup: ResolvedSetup): SetupPlan {
  return writeSetup(setup, false, true);
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
): SetupPlan {
  const writer = new PlanWriter();
  const operations = new SetupOperationWriter(writer);
  writer.frame(native().protocol.frames.SETUP!, 0);
  if (sharesTerminal) operations.setFlag('SHARES_TERMINAL');
  if (isSandbox) operations.setFlag('SANDBOX');
  if (!setup.namespaces.has('pid') && writeLast === undefined) operations.setFlag('OWN_CGROUP');
  setupFeatures.forEach((feature, index) => {
    feature.write(operations, setup.settings.at(index), setup);
  });
  writeLast?.(operations);
  writer.setFrameNumbers([operations.flags, cloneMask(setup.namespaces), operations.forwarded]);
  return {bytes: writer.copy(0), maps: operations.maps, steps: operations.steps.concat(operations.notes)};
}

/** A SPAWN frame up to what is executed. */
interface CommandHead {
  bytes: Uint8Array;
  steps: CommandSteps;
}

// Most commands of a set-up differ only in their id and in what is executed.
const heads = new WeakMap<ResolvedSetup, Map<number, CommandHead>>();

/**
 * Writes a SPAWN frame.
 * @param id - the command's, for later frames and for reports
 */
export function writeCommand(
  writer: PlanWriter,
  id: number,
  setup: ResolvedSetup,
  process: ResolvedProcess,
  stdio: readonly StdioEntry[],
): CommandSteps {
  const key = usualKey(process, stdio);
  let head = key === undefined ? undefined : heads.get(setup)?.get(key);
  if (head !== undefined) {
    writer.appendFrame(head.bytes, id);
  } else if (key !== undefined) {
    head = writeUsualHead(writer, id, setup, key);
    heads.set(setup, (heads.get(setup) ?? new Map<number, CommandHead>()).set(key, head));
  } else {
    const targets = stdio.map(({target}) => target);
    head = writeHead(writer, id, setup, {targets, newSession: process.newSession, settings: process.settings});
  }
  const {file, argv, env} = process.command;
  writer.execOperation(file, argv, env);
  return head.steps;
}

/** Returns what tells apart the heads of usual commands of one set-up; undefined for an unusual command. */
function usualKey({settings, newSession}: ResolvedProcess, stdio: readonly StdioEntry[]): number | undefined {
  if (settings !== nothing) return undefined;
  for (let i = 0; i < stdio.length; i++) if (stdio[i]!.target !== i) return undefined;
  return stdio.length * 2 + Number(newSession);
}

/** Writes a head from its key alone. So it contains nothing of the command for which it is written first. */
function writeUsualHead(writer: PlanWriter, id: number, setup: ResolvedSetup, key: number): CommandHead {
  const targets: number[] = [];
  for (let index = 0; index < key >> 1; index++) targets.push(index);
  return writeHead(writer, id, setup, {targets, newSession: (key & 1) === 1, settings: nothing});
}

function writeHead(
  writer: PlanWriter,
  id: number,
  setup: ResolvedSetup,
  {targets, newSession, settings}: {targets: readonly number[]; newSession: boolean; settings: Settings},
): CommandHead {
  const start = writer.size;
  const operations = new CommandOperationWriter(writer);
  writer.frame(native().protocol.frames.SPAWN!, id);
  const base = {setup, targets, newSession};
  commandFeatures.forEach((feature, index) => {
    feature.write(operations, settings.at(index), base);
  });
  const ownsPid = setup.namespaces.has('pid') && !setup.isInit;
  writer.setFrameNumbers([ownsPid ? cloneMask(['pid']) : 0, targets.length, operations.pid]);
  operations.steps.push({step: 'command'});
  return {bytes: writer.copy(start), steps: operations.steps};
}
