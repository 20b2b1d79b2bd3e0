// The interface of a feature. order.ts lists all features, start/options/resolve.ts reads their options, and start/plan/build.ts lets them
// write their operations.
import type {Cause} from '../shared/hint.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {own} from '../shared/own.js';
import type {NamespaceReference, ProcessSource} from '../shared/source.js';
import type {PreparedContent, Step, Template} from './part.js';

export type {Step} from './part.js';

type Count = number | bigint;

/** The three numbers of a frame or of an operation. A number that is left out is 0. */
export type Triple = readonly [Count, Count?, Count?];

/** The plan into which a feature writes its operations. src-native/protocol/operations.h documents the operations and their numbers. */
export interface Operations {
  /** Adds an operation, followed by texts that each end with a NUL. */
  add(step: Step, name: string, numbers?: Triple, texts?: string | Buffer): void;
  /** Adds an operation, followed by a list of 32-bit numbers. */
  addList(step: Step, name: string, numbers: Triple, list: ArrayLike<number>): void;
}

/** What is written to the files of /proc/PID; `programs` names the maps, 'uid' and 'gid', that newuidmap(1) and newgidmap(1) write. */
export type IdMapTexts = [setgroups: string, gidMap: string, uidMap: string, programs: string];

/** The plan of a set-up. */
export interface SetupOperations extends Operations {
  /** Sets a flag of the frame, by its name in NSINIT_SETUP_*. */
  setFlag(name: string): void;
  /** The mask of the signals that nsinit forwards. Bit n-1 stands for signal n, Infinity for all signals. */
  forwarded: number | bigint;
  /** The contents of the id map files that Node writes, if nsinit may not write them itself. */
  maps: IdMapTexts | undefined;
  /** Adds details about a step that Node carries out instead of nsinit. */
  note(step: Step): void;
}

/** The plan of a command. */
export interface CommandOperations extends Operations {
  /** The PID of the command inside, or 0 for the next one. */
  pid: number;
}

/** The part of a set-up that several features depend on. */
export interface SetupBase {
  /** The types that are created. */
  readonly namespaces: ReadonlySet<NamespaceType>;
  /** The types that are joined, in this order. */
  readonly joins: readonly NamespaceType[];
  /** The types of which nsinit sends descriptors, when everything is set up. */
  readonly sends: readonly NamespaceType[];
  /** Whether the user namespace is made in one that is joined, in which nsinit may map all ids: lib/start/options/kept-maps.ts. */
  readonly mapsWithin: boolean;
  /** Whether nsinit waits until Node keeps what it has sent. */
  readonly awaitsKeeping: boolean;
  readonly enters: Entries;
  /** Whether nsinit is PID 1 of a new PID namespace. Otherwise it supervises the command from outside. */
  readonly isInit: boolean;
  readonly detached: boolean;
  /** What `root` and `mounts` do to the file system of the caller: nothing, they change it in place, or they make another root. */
  readonly fileSystem: 'host' | 'changed' | 'new';
  /** The prepared root, if `root` is one. */
  readonly prepared: PreparedContent | undefined;
}

/** The part of a command that every command has. Two commands with the same base and without settings share a plan. */
export interface CommandBase {
  readonly setup: ResolvedSetup;
  /** The number of each descriptor inside. */
  readonly targets: readonly number[];
  /** The numbers of those that the command does not keep: the ruleset of Landlock, and the socket for the listener of a filter. */
  readonly sent: {readonly ruleset?: number | undefined; readonly listener?: number | undefined};
  /** Whether the command leads a new session. */
  readonly newSession: boolean;
}

/** What a command enters beside the namespaces of its nsinit. */
export interface Entries {
  /** The root directory: true if a descriptor of it is sent, or a path inside. */
  readonly root: boolean | string;
  /** The working directory, in the same way. */
  readonly cwd: boolean | string;
  /** Whether the children of the command are in another PID namespace, of which a descriptor is sent. */
  readonly pidForChildren: boolean;
}

/** A set-up after validation. */
export interface ResolvedSetup extends SetupBase {
  readonly settings: Settings;
  /** The namespaces to join, where there are any. They are not open yet. */
  readonly sources: ReadonlyMap<NamespaceType, NamespaceReference> | undefined;
  /** The process that namespacesOf() was called for. */
  readonly process: ProcessSource | undefined;
  /** The namespaces from which nsinit copies the prepared root, instead of making it anew. */
  readonly template: Template | undefined;
}

interface Feature<Options extends object> {
  /** The name of the feature in tests and in docs/errors.md. */
  readonly title: string;
  /**
   * An example value of each option. The tests start a command with each of them alone. The keys are the only list of the names of the
   * options, and the compiler refuses an option without an example.
   */
  readonly examples: {readonly [Name in keyof Options]-?: NonNullable<Options[Name]>};
  /** Whether the feature writes only flags and numbers of the frame, and no operation. Then its options are no steps. */
  readonly isPartOfFrame?: boolean;
  /** The causes of failures of its operations. Causes that can be verified come first. */
  readonly causes?: readonly Cause[];
}

/**
 * A feature of the set-up.
 * @typeParam Options - its options
 * @typeParam Value - the result of `resolve`
 */
export interface SetupFeature<Options extends object = object, Value = unknown> extends Feature<Options> {
  /** The type of namespace that its options need. The options are refused if no such namespace is created. */
  readonly needs?: NamespaceType;
  /** Whether its options add that namespace to the default ones, instead of being refused. */
  readonly addsNamespace?: boolean;
  /** Validates the options and determines the defaults. Absent if {@link SetupBase} contains everything that `write` needs. */
  resolve?(options: Options, base: SetupBase): Value | undefined;
  /** Writes the operations for nsinit. `value` is the result of `resolve`. */
  write(operations: SetupOperations, value: Value | undefined, setup: ResolvedSetup): void;
}

/** A feature of a command, like {@link SetupFeature}. The process of the command carries out its operations. */
export interface CommandFeature<Options extends object = object, Value = unknown> extends Feature<Options> {
  /** Validates the options. Returns undefined if none is given. Absent if {@link CommandBase} contains everything that `write` needs. */
  resolve?(options: Options): Value | undefined;
  write(operations: CommandOperations, value: Value | undefined, base: CommandBase): void;
}

/** Defines a feature of the set-up. */
export function setupFeature<Options extends object = object, Value = unknown>(
  feature: SetupFeature<Options, Value>,
): SetupFeature<Options, Value> {
  return own(feature);
}

/** Defines a feature of a command. */
export function commandFeature<Options extends object = object, Value = unknown>(
  feature: CommandFeature<Options, Value>,
): CommandFeature<Options, Value> {
  return own(feature);
}

/** The results of `resolve` of all features of a list. */
export class Settings {
  readonly #indices: ReadonlyMap<object, number>;
  readonly #values: readonly unknown[];

  /**
   * @param indices - where each feature is in the list: {@link indicesOf}
   * @param values - the result of each feature, in the order of the list
   */
  constructor(indices: ReadonlyMap<object, number>, values: readonly unknown[]) {
    this.#indices = indices;
    this.#values = values;
  }

  /** Returns the result of the feature at an index of the list, or undefined if none of its options is given. */
  at(index: number): unknown {
    return this.#values[index];
  }

  /** Returns the result of a feature. */
  of<Value>(feature: {resolve?(options: never, base: never): Value | undefined}): Value | undefined {
    const index = this.#indices.get(feature);
    return index === undefined ? undefined : (this.#values[index] as Value | undefined);
  }
}

/** Returns the index of each feature of a list. */
export function indicesOf(features: readonly object[]): ReadonlyMap<object, number> {
  return new Map(features.map((feature, index) => [feature, index]));
}

/** The settings of every command without options of features. They are one object, by which such commands are recognized. */
export const nothing: Settings = new Settings(new Map(), []);
Object.freeze(nothing);

/** Returns the options of a feature. */
export function optionsOf(feature: {readonly examples: object}): string[] {
  return Object.keys(feature.examples);
}
