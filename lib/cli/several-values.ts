// Switches with several values, as bubblewrap has them: `--bind SRC DEST`. Commander knows one value for each, so that the others are joined
// to it before it sees them.
import {Option} from 'commander';
import {UsageError} from './words.js';

// No word of a command line contains it.
const separator = '\0';

/** A switch whose values are stored together with those of other switches, in the order in which they were given. */
export class ListedOption<Value> extends Option {
  readonly #attribute: string;
  /** The placeholders of its values: 'src' and 'dest'. */
  readonly placeholders: readonly string[];

  /**
   * @param flags - such as '--bind <src> <dest>'
   * @param attribute - the attribute of the list
   * @param parse - returns what is added to the list
   */
  constructor(flags: string, description: string, attribute: string, parse: (values: readonly string[]) => Value) {
    super(flags, description);
    this.#attribute = attribute;
    this.placeholders = placeholdersOf(flags);
    const count = this.placeholders.length;
    const add = (text: string, others: readonly Value[] = []): Value[] => {
      const values = text.split(separator);
      if (values.length === count) return [...others, parse(values)];
      throw new UsageError(`${this.long} needs ${this.placeholders.map(name => name.toUpperCase()).join(' and ')}`);
    };
    this.argParser(add);
  }

  override attributeName(): string {
    return this.#attribute;
  }
}

/** Returns the placeholders of the values in the flags of a switch: 'src' and 'dest' of '--bind <src> <dest>'. */
export function placeholdersOf(flags: string): string[] {
  return [...flags.matchAll(/[<[](\w+)/g)].map(([, name]) => name!);
}

/** Joins the values of a switch to one word. */
export function joinValues(words: readonly string[]): string {
  return words.join(separator);
}
