// What child_process has as well: the call forms, the command line and the environment.
import {isMainThread} from 'node:worker_threads';
import {invalidArgType, invalidArgValue} from '../../shared/argument-errors.js';
import type {KnownOptions} from '../../shared/known-options.js';
import {own} from '../../shared/own.js';
import {validateNoNul, validateObject, validateString} from '../../shared/validate.js';

/** A command after validation. */
export interface ResolvedCommand {
  file: string;
  /** The arguments, including argv[0]. */
  argv: string[];
  /** The environment as NAME=value pairs, or undefined for that of this process. */
  env: string[] | undefined;
  /** The number of the command's descriptor that is executed instead of the file, or 0. */
  descriptor: number;
}

/**
 * Sorts out the call forms (command, args?, options?) and (command, options?).
 * @param known - the options of the function
 */
export function callForm<Options>(
  file: unknown,
  args: unknown,
  options: unknown,
  known: KnownOptions,
): {file: string; args: readonly string[]; options: Options} {
  validateString(file, 'file');
  validateNoNul(file, 'file');
  if (file.length === 0) throw invalidArgValue('file', file, 'cannot be empty');
  if (Array.isArray(args)) return {file, args, options: checkedOptions(options, known)};
  if (args === undefined || args === null) return {file, args: [], options: checkedOptions(options, known)};
  if (typeof args !== 'object') throw invalidArgType('args', 'of type object', args);
  return {file, args: [], options: checkedOptions(args, known)};
}

function checkedOptions<Options>(options: unknown, known: KnownOptions): Options {
  if (options !== undefined) validateObject(options, 'options');
  const copy = own(options as (Options & object) | undefined);
  known.check(copy);
  return copy;
}

interface CommandOptions {
  argv0?: unknown;
  env?: unknown;
  shell?: unknown;
}

/** Validates the command line as child_process does. */
export function resolveCommand(file: string, args: readonly string[], options: CommandOptions): ResolvedCommand {
  const {argv0, shell} = options;
  if (argv0 !== undefined && argv0 !== null) {
    validateString(argv0, 'options.argv0');
    validateNoNul(argv0, 'options.argv0');
  }
  if (shell !== undefined && shell !== null && typeof shell !== 'boolean' && typeof shell !== 'string') {
    throw invalidArgType('options.shell', 'one of type boolean or string', shell);
  }
  const words = args.map((word, index) => {
    const text = typeof word === 'string' ? word : `${word}`;
    validateNoNul(text, `args[${index}]`);
    return text;
  });
  if (!shell) {
    return {
      file,
      argv: [(argv0 as string) ?? file, ...words],
      env: resolveEnv(options.env),
      descriptor: 0,
    };
  }
  if (args.length > 0) warnOfArguments();
  const program = typeof shell === 'string' ? shell : '/bin/sh';
  validateNoNul(program, 'options.shell');
  return {
    file: program,
    argv: [(argv0 as string) ?? program, '-c', [file, ...words].join(' ')],
    env: resolveEnv(options.env),
    descriptor: 0,
  };
}

let hasWarned = Number(process.versions.node.split('.')[0]) < 24;

/** Warns once, as Node does from version 24 on. */
function warnOfArguments(): void {
  if (hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    'Passing args to a child process with shell option true can lead to security vulnerabilities, as the arguments are not escaped, only concatenated.',
    'DeprecationWarning',
    'DEP0190',
  );
}

// The original object: a program may replace process.env by another one.
const ownEnv = process.env;

function resolveEnv(option: unknown): string[] | undefined {
  const env = (option || process.env) as Record<string, unknown>;
  // In a Worker process.env is a copy, which the addon cannot read.
  if (env === ownEnv && isMainThread) return undefined;
  return readEnv(env);
}

/** Returns the variables of an object as NAME=value pairs. */
export function readEnv(env: Readonly<Record<string, unknown>>): string[] {
  const pairs: string[] = [];
  // Inherited properties count, as they do in child_process.
  for (const name in env) {
    const value = env[name];
    if (value === undefined) continue;
    const pair = `${name}=${value}`;
    if (pair.includes('\0')) {
      validateNoNul(name, `options.env['${name}']`);
      validateNoNul(`${value}`, `options.env['${name}']`);
    }
    pairs.push(pair);
  }
  return pairs;
}

/** Returns the command with these variables in its environment, which replace those with the same names. */
export function withVariables(command: ResolvedCommand, variables: Readonly<Record<string, string>>): ResolvedCommand {
  const names = Object.keys(variables);
  const env = command.env ?? readEnv(process.env);
  // Otherwise getenv(3) would find the older variable first.
  const others = env.filter(pair => !names.some(name => pair.startsWith(`${name}=`)));
  return {...command, env: [...others, ...readEnv(variables)]};
}
