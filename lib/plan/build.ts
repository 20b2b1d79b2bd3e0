// Resolved options -> a plan: which operations, and in which order. The order is the design: each comment says why.
import {MS_PRIVATE} from '../kernel.js';
import type {NamespaceType} from '../namespace-types.js';
import {native} from '../native.js';
import type {ResolvedProcess, ResolvedSetup, ResolvedUser} from '../options/resolve.js';
import type {StdioEntry} from '../options/stdio.js';
import {PlanWriter, type Step} from './writer.js';

/** The first part of a plan, and what the launch needs beside it. */
export interface SetupPlan {
  /** The SETUP frame. */
  bytes: Uint8Array;
  /** The id maps that Node writes, where nsinit may not. */
  maps: [setgroups: string, gidMap: string, uidMap: string] | undefined;
  /** What each operation of the set-up is for, in their order. */
  steps: Step[];
}

/** What each operation of a command is for, in their order. */
export type CommandSteps = readonly Step[];

/** Adds operations to a writer, and notes what each is for. */
class Operations {
  readonly steps: Step[] = [];
  readonly #writer: PlanWriter;
  readonly #codes = native().protocol.operations;

  constructor(writer: PlanWriter) {
    this.#writer = writer;
  }

  add(step: Step, name: string, numbers: Parameters<PlanWriter['operation']>[1] = [0], texts?: string | Buffer): void {
    this.steps.push(step);
    this.#writer.operation(this.#codes[name]!, numbers, texts);
  }

  addList(step: Step, name: string, numbers: Parameters<PlanWriter['operation']>[1], list: readonly number[]): void {
    this.steps.push(step);
    this.#writer.operationWithList(this.#codes[name]!, numbers!, list);
  }
}

function cloneMask(types: Iterable<NamespaceType>): number {
  const {namespaces} = native().protocol;
  let mask = 0;
  for (const type of types) mask += namespaces[type]!;
  return mask;
}

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

function writeSetup(setup: ResolvedSetup, sharesTerminal: boolean, isSandbox: boolean): SetupPlan {
  const writer = new PlanWriter();
  const {frames, setupFlags: flags} = native().protocol;
  const {namespaces, init, user} = setup;
  let setupFlags = 0;
  if (init.isInit) setupFlags |= flags.IS_INIT!;
  if (!setup.dieWithParent) setupFlags |= flags.SURVIVES_NODE!;
  if (init.forwardToGroup) setupFlags |= flags.FORWARD_TO_GROUP!;
  if (init.waitForAll) setupFlags |= flags.WAIT_FOR_ALL!;
  if (sharesTerminal) setupFlags |= flags.SHARES_TERMINAL!;
  if (isSandbox) setupFlags |= flags.SANDBOX!;
  if (!namespaces.has('pid')) setupFlags |= flags.OWN_CGROUP!;
  // Without a user 0 nobody inside has a capability, and an ordinary user outside may look at its own nsinit.
  if (user?.uidMap.firstId === 0) setupFlags |= flags.HAS_ROOT!;
  writer.frame(frames.SETUP!, 0, [setupFlags, cloneMask(namespaces), init.forwarded]);
  const operations = new Operations(writer);
  // What a terminal sends to the caller's group is not for a detached command, and nsinit would forward it. And -pid means a group.
  if (setup.detached) operations.add({step: 'detached'}, 'SESSION');
  // Without its ids nsinit may do nothing else.
  const maps = user && addIdMaps(operations, user);
  addNamespaces(operations, setup);
  if (namespaces.has('mnt')) {
    // Or what is mounted inside would appear outside, where the host's mounts are shared ones.
    operations.add({step: 'namespaces', path: '/'}, 'PROPAGATION', [MS_PRIVATE]);
    // A /proc shows the PID namespace of whoever mounts it. Without an init that is the command's own process.
    if (init.isInit) addMountProc(operations, setup);
  }
  return {bytes: writer.copy(0), maps, steps: operations.steps};
}

function addMountProc(operations: Operations, {mountProc}: ResolvedSetup): void {
  if (mountProc === undefined) return;
  operations.add({step: 'mountProc', path: mountProc}, 'MOUNT_PROC', [0], mountProc);
}

function addIdMaps(operations: Operations, {uidMap, gidMap, setgroups}: ResolvedUser): SetupPlan['maps'] {
  // The kernel lets a process map its own id, and its group only where it gives up setgroups(2). All else is Node's to write.
  const areOwn = uidMap.isOwn && gidMap.isOwn && setgroups === 'deny';
  if (areOwn) {
    addWrite(operations, 'setgroups', '/proc/self/setgroups', setgroups);
    addWrite(operations, 'gidMap', '/proc/self/gid_map', gidMap.text);
    addWrite(operations, 'uidMap', '/proc/self/uid_map', uidMap.text);
    return undefined;
  }
  operations.add({step: 'uidMap'}, 'AWAIT_MAPS');
  if (uidMap.callerId === undefined || gidMap.callerId === undefined) {
    // The caller is nobody inside: nsinit becomes somebody.
    const uid = uidMap.callerId ?? uidMap.firstId;
    const gid = gidMap.callerId ?? gidMap.firstId;
    operations.add({step: 'uidMap'}, 'SET_IDS', [uid, gid]);
  }
  return [setgroups === 'deny' ? 'deny' : '', gidMap.text, uidMap.text];
}

function addWrite(operations: Operations, step: string, path: string, content: string): void {
  operations.add({step, path}, 'WRITE', [0], `${path}\0${content}`);
}

function addNamespaces(operations: Operations, setup: ResolvedSetup): void {
  const {namespaces, timeOffsets, hostname, domainname, loopback} = setup;
  const unshared = [...namespaces].filter(type => type !== 'user' && type !== 'pid');
  if (unshared.length > 0) operations.add({step: 'namespaces'}, 'UNSHARE', [cloneMask(unshared)]);
  // Before the first process enters the namespace: after that the kernel refuses.
  if (timeOffsets) addWrite(operations, 'timeOffsets', '/proc/self/timens_offsets', timeOffsets);
  if (hostname !== undefined) operations.add({step: 'hostname'}, 'HOSTNAME', [0], hostname);
  if (domainname !== undefined) operations.add({step: 'domainname'}, 'DOMAINNAME', [0], domainname);
  if (loopback) operations.add({step: 'loopback'}, 'LOOPBACK');
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
  const key = usualHead(process, stdio);
  let head = key === undefined ? undefined : heads.get(setup)?.get(key);
  if (head === undefined) {
    const start = writer.size;
    const steps = writeHead(writer, id, setup, process, stdio);
    head = {bytes: writer.copy(start), steps};
    if (key !== undefined) heads.set(setup, (heads.get(setup) ?? new Map()).set(key, head));
  } else {
    writer.appendFrame(head.bytes, id);
  }
  const {file, argv, env} = process.command;
  writer.execOperation(file, argv, env);
  return head.steps;
}

/** Tells apart what the process of a usual command does, in one set-up; undefined for an unusual one. */
function usualHead(process: ResolvedProcess, stdio: readonly StdioEntry[]): number | undefined {
  const {command, uid, gid, groups, pty, rlimits, namespacePid, newSession} = process;
  if (command.cwd !== undefined || uid !== undefined || gid !== undefined || groups !== undefined) return undefined;
  if (pty !== undefined || namespacePid !== 0 || rlimits.length > 0) return undefined;
  for (let i = 0; i < stdio.length; i++) if (stdio[i]!.target !== i) return undefined;
  return stdio.length * 2 + Number(newSession);
}

function writeHead(
  writer: PlanWriter,
  id: number,
  setup: ResolvedSetup,
  process: ResolvedProcess,
  stdio: readonly StdioEntry[],
): CommandSteps {
  const {command} = process;
  const {frames} = native().protocol;
  const ownsPid = setup.namespaces.has('pid') && !setup.init.isInit;
  writer.frame(frames.SPAWN!, id, [ownsPid ? cloneMask(['pid']) : 0, stdio.length, process.namespacePid]);
  const operations = new Operations(writer);
  operations.addList(
    {step: 'stdio'},
    'DESCRIPTORS',
    [stdio.length],
    stdio.map(({target}) => target),
  );
  if (!setup.init.isInit && setup.namespaces.has('mnt')) addMountProc(operations, setup);
  if (process.newSession) operations.add({step: 'newSession'}, 'SESSION');
  // While there is privilege to raise a limit.
  process.rlimits.forEach(({name, resource, soft, hard}) => {
    operations.add({step: `rlimits.${name}`}, 'RLIMIT', [resource, soft, hard]);
  });
  // Before the ids change, as child_process does it.
  if (command.cwd !== undefined) operations.add({step: 'cwd', path: `${command.cwd}`}, 'CHDIR', [0], command.cwd);
  addIds(operations, process);
  // By whom the command will be, so that it owns its terminal.
  if (process.pty) {
    const {cols, rows, settings} = process.pty;
    operations.addList({step: 'pty', path: '/dev/ptmx'}, 'TERMINAL', [cols, rows, settings.length], settings);
  }
  // They carried nsinit over its exec, and are not meant for the command.
  if (setup.user) operations.add({step: 'namespaces'}, 'CAPABILITIES');
  return [...operations.steps, {step: 'command'}];
}

function addIds(operations: Operations, {uid, gid, groups}: ResolvedProcess): void {
  if (groups !== undefined) {
    operations.addList({step: 'groups'}, 'GROUPS', [groups.length, 0], groups);
  } else if (uid !== undefined || gid !== undefined) {
    // Root's groups must not stay with whom it becomes. Without the right to change them this is no error in child_process.
    operations.addList({step: 'groups'}, 'GROUPS', [0, 1], []);
  }
  if (gid !== undefined) operations.add({step: 'gid'}, 'GID', [gid]);
  if (uid !== undefined) operations.add({step: 'uid'}, 'UID', [uid]);
}
