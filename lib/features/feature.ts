// What a feature is. order.ts lists all features; options/resolve.ts reads their options, and plan/build.ts has them write their operations.
import type {Cause} from '../shared/hint.js';
import type {NamespaceType} from '../shared/namespace-types.js';
import {own} from '../shared/own.js';
import type {NamespaceReference, ProcessSource} from '../shared/source.js';

/** What an operation is for, in the user's words. The error of an operation that fails has these fields. */
export interface Step {
  /** The option that asked for it. */
  step: string;
  /** Which entry of the option. */
  index?: number | undefined;
  /** Finds the entry when the operation has failed, since the kernel does not say which one it refuses. */
  findIndex?: ((errno: number) => number | undefined) | undefined;
  /** The path that it is about. */
  path?: string;
}

type Count = number | bigint;

/** The three numbers of a frame or of an operation. Those that are left out are 0. */
export type Triple = readonly [Count, Count?, Count?];

/** Where a feature writes its operations. src-native/protocol.h says what the operations and their numbers are. */
export interface Operations {
  /** Adds an operation with texts behind it, each closed by a NUL. */
  add(step: Step, name: string, numbers?: Triple, texts?: string | Buffer): void;
  /** Adds an operation with 32-bit numbers behind it. */
  addList(step: Step, name: string, numbers: Triple, list: readonly number[]): void;
}

/** The plan of a set-up. */
export interface SetupOperations extends Operations {
  /** The flags of the frame, by their names in NSINIT_SETUP_*. */
  setFlag(name: string): void;
  /** Which signals nsinit forwards. Bit n-1 stands for signal n; Infinity for all signals. */
  forwarded: number | bigint;
  /** The id maps that Node writes, where nsinit may not. */
  maps: [setgroups: string, gidMap: string, uidMap: string] | undefined;
  /** Says more of a step that Node carries out, and not nsinit. */
  note(step: Step): void;
}

/** The plan of a command. */
export interface CommandOperations extends Operations {
  /** The PID to take inside, or 0 for the next one. */
  pid: number;
}

/** The part of a set-up that several features depend on. */
export interface SetupBase {
  /** The types that are created. */
  readonly namespaces: ReadonlySet<NamespaceType>;
  /** The types that are joined, in this order. */
  readonly joins: readonly NamespaceType[];
  /** The root and the working directory to take: true where a descriptor of it is sent, or its path inside. */
  readonly enters: {readonly root: boolean | string; readonly cwd: boolean | string};
  /** Whether nsinit is PID 1 of a new PID namespace. Otherwise it supervises from outside. */
  readonly isInit: boolean;
  readonly detached: boolean;
}

/** The part of a command that every command has. Two commands with the same base and without settings share a plan. */
export interface CommandBase {
  readonly setup: ResolvedSetup;
  /** The number that each descriptor gets inside. */
  readonly targets: readonly number[];
  /** Whether the command leads a session of its own. */
  readonly newSession: boolean;
}

/** What nsinit sets up. */
export interface ResolvedSetup extends SetupBase {
  readonly settings: Settings;
  /** The namespaces to join, where there are any. They are not open yet. */
  readonly sources: ReadonlyMap<NamespaceType, NamespaceReference> | undefined;
  /** The process that namespacesOf() was called for. */
  readonly process: ProcessSource | undefined;
}

interface Feature<Options extends object> {
  /** What it is called in tests and, with its causes, in docs/errors.md. */
  readonly title: string;
  /**
   * A value for each of its options. The tests start a command with each of them alone. The keys are the names of the options: nothing
   * else lists these, and the compiler refuses an option without an example.
   */
  readonly examples: {readonly [Name in keyof Options]-?: NonNullable<Options[Name]>};
  /** Whether it writes no operation, but only flags and numbers of the frame. Its options are no steps then. */
  readonly isPartOfFrame?: boolean;
  /** Why its operations fail. Causes that can be verified come first. */
  readonly causes?: readonly Cause[];
}

/**
 * A feature of the set-up.
 * @typeParam Options - its options
 * @typeParam Value - what `resolve` makes of them
 */
export interface SetupFeature<Options extends object = object, Value = unknown> extends Feature<Options> {
  /** The type of namespace that its options belong to. They are refused where no such namespace is created. */
  readonly needs?: NamespaceType;
  /** Whether its options add that namespace to the default ones, instead of being refused. */
  readonly addsNamespace?: boolean;
  /** Validates the options and decides the defaults. Left out where {@link SetupBase} says all. */
  resolve?(options: Options, base: SetupBase): Value | undefined;
  /** Writes what nsinit has to do. `value` is what `resolve` returned. */
  write(operations: SetupOperations, value: Value | undefined, base: SetupBase): void;
}

/** A feature of a command. It is the same as {@link SetupFeature}, but is carried out by the command's own process. */
export interface CommandFeature<Options extends object = object, Value = unknown> extends Feature<Options> {
  /** Validates the options. Returns undefined where they ask for nothing. Left out where {@link CommandBase} says all. */
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

/** What the features of a list have made of the options that were given. */
export class Settings {
  readonly #features: readonly object[];
  readonly #values: readonly unknown[];

  /** @param values - what each of the features has returned, in their order */
  constructor(features: readonly object[], values: readonly unknown[]) {
    this.#features = features;
    this.#values = values;
  }

  /** Returns what the feature at an index of the list has made of its options, or undefined if it was not asked for anything. */
  at(index: number): unknown {
    return this.#values[index];
  }

  /** The same for a feature. */
  of<Value>(feature: {resolve?(options: never, base: never): Value | undefined}): Value | undefined {
    return this.#values[this.#features.indexOf(feature)] as Value | undefined;
  }
}

/** The settings of every command that asks for nothing: one object, by which such a command is recognized. */
export const nothing: Settings = new Settings([], []);
Object.freeze(nothing);

/** Returns the options of a feature. */
export function optionsOf(feature: {readonly examples: object}): string[] {
  return Object.keys(feature.examples);
}
