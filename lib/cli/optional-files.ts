// Options with an argument that may be left out, as unshare(1) and nsenter(1) have them: `--net`, `--net=FILE`, `-nFILE`.
import type {Command, Option} from 'commander';
import {joinValues, placeholdersOf} from './several-values.js';

/** Adds the hidden option that {@link separateFiles} writes. */
export function addFileOption(command: Command, name: string): void {
  command.option(`--${name}-file <file>`).options.at(-1)!.hideHelp();
}

/**
 * Rewrites `--net=FILE` and `-n/FILE` to `--net-file FILE`, for the options that {@link addFileOption} was called for. The word behind `--net` is
 * the command, and never a file. The values of a switch that has several become one word. Words behind the command are its own.
 */
export function separateWords(command: Command, words: readonly string[]): string[] {
  const known = (flag: string): Option | undefined =>
    command.options.find(({short, long}) => [short, long].includes(flag));
  const rewritten: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (!word.startsWith('-') || word === '-' || word === '--') return [...rewritten, ...words.slice(index)];
    const [, name, file] = /^--([\w-]+)=(.*)$/s.exec(word) ?? [];
    const [, letter, path] = /^-(\w)(\/.*)$/s.exec(word) ?? [];
    const option = letter === undefined ? known(`--${name}`) : known(`-${letter}`);
    const hidden = option && known(`${option.long}-file`);
    if (hidden) rewritten.push(hidden.long!, file ?? path!);
    else rewritten.push(word);
    const count = valuesBehind(word, known);
    if (count > 0 && index + 1 < words.length) rewritten.push(joinValues(words.slice(index + 1, index + 1 + count)));
    index += count;
  }
  return rewritten;
}

/** Returns how many of the next words are values of an option, or of the last one of several letters. */
function valuesBehind(word: string, known: (flag: string) => Option | undefined): number {
  if (word.startsWith('--')) {
    const option = word.includes('=') ? undefined : known(word);
    return option?.required ? placeholdersOf(option.flags).length : 0;
  }
  const letters = [...word.slice(1)];
  const first = letters.findIndex(letter => known(`-${letter}`)?.required);
  return first >= 0 && first === letters.length - 1 ? 1 : 0;
}
