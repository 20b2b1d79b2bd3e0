// The names of options. An unknown name is refused, because a typing mistake would mean less isolation than was asked for.
import {invalidArgType, invalidArgValue} from './argument-errors.js';
import {own} from './own.js';
import {isGiven, validateObject} from './validate.js';

/** Returns the names of the options of a type. A name that is missing, or that the type does not have, is an error of the compiler's. */
export function namesOf<Options extends object>(names: {readonly [Name in keyof Options]-?: true}): string[] {
  return Object.keys(names);
}

/** The functions whose options another function may be given by mistake. */
const functions: KnownOptions[] = [];

/** What else is known of the options of a function. */
export interface KnownOptionsOf {
  /** The function, as an error says that an option belongs to it. */
  of?: string;
  /** Returns what to do with an option that another function has. Default: to give it to that one. */
  elsewhere?: ((name: string) => string | undefined) | undefined;
}

/** The options that a function, or an option that is an object, takes. */
export class KnownOptions {
  readonly names: ReadonlySet<string>;
  readonly #of: string;
  readonly elsewhere: KnownOptionsOf['elsewhere'];

  constructor(names: readonly string[], {of = '', elsewhere}: KnownOptionsOf = {}) {
    this.names = new Set(names);
    this.#of = of;
    this.elsewhere = elsewhere;
    if (of !== '') functions.push(this);
  }

  /** Copies options by {@link own}, and refuses those that are not known. */
  read<Options extends object>(options: Options | null | undefined, name = 'options'): Options {
    if (isGiven(options)) validateObject(options, name);
    const copy = own(options);
    this.check(copy, name);
    return copy;
  }

  /**
   * Refuses options that are not known. Every spawn calls it, so it goes over what was given and not over what there is.
   * @param options - an object without inherited properties: {@link own}
   * @throws ERR_INVALID_ARG_VALUE, with the nearest name
   */
  check(options: object, name = 'options'): void {
    for (const option in options) {
      if (!this.names.has(option)) this.#refuse(option, options as Readonly<Record<string, unknown>>, name);
    }
  }

  #refuse(option: string, options: Readonly<Record<string, unknown>>, name: string): void {
    const value = options[option];
    if (!isGiven(value) || (this.#canIgnore && ignored(options).includes(option))) return;
    throw invalidArgValue(`${name}.${option}`, value, this.#reason(option));
  }

  get #canIgnore(): boolean {
    return this.names.has('ignoredOptions');
  }

  #reason(option: string): string {
    const other = functions.find(({names}) => names.has(option));
    if (other !== undefined) return this.elsewhere?.(option) ?? `belongs to ${other.#of}`;
    const near = nearest(option, this.names);
    if (near !== undefined) return `is unknown: the nearest option is '${near}'`;
    return this.#canIgnore ? 'is unknown. Name it in `ignoredOptions` if it may be ignored' : 'is unknown';
  }
}

function ignored({ignoredOptions}: {readonly ignoredOptions?: unknown}): readonly unknown[] {
  if (!isGiven(ignoredOptions)) return [];
  if (!Array.isArray(ignoredOptions))
    throw invalidArgType('options.ignoredOptions', 'an array of names', ignoredOptions);
  return ignoredOptions;
}

/** Returns the name that was probably meant: the one that differs least, and in less than half of its letters. */
export function nearest(given: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.min(4, given.length / 2);
  for (const name of names) {
    const distance = editDistance(given.toLowerCase(), name.toLowerCase());
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/** How many letters have to be put in, taken out or replaced. */
function editDistance(from: string, to: string): number {
  let above = Array.from({length: to.length + 1}, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = above[j - 1]! + Number(from[i - 1] !== to[j - 1]);
      row.push(Math.min(replaced, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[to.length]!;
}

/** Lists the names that are allowed, for the reason of an error, and says which of them is nearest. */
export function listed(names: readonly string[], given: unknown): string {
  const near = typeof given === 'string' ? nearest(given, names) : undefined;
  const list = names.map(name => `'${name}'`).join(', ');
  return near === undefined ? list : `${list} (the nearest is '${near}')`;
}
