// Options with an argument that may be left out, as unshare(1) and nsenter(1) have them: `--net`, `--net=FILE`, `-nFILE`.
import type {Command, Option} from 'commander';

/** Adds the hidden option that {@link separateFiles} writes. */
export function addFileOption(command: Command, name: string): void {
  command.option(`--${name}-file <file>`).options.at(-1)!.hideHelp();
}

/**
 * Rewrites `--net=FILE` and `-n/FILE` to `--net-file FILE`, for the options that {@link addFileOption} was called for. The word behind `--net` is
 * the command, and never a file. Words behind the command are its own.
 */
export function separateFiles(command: Command, words: readonly string[]): string[] {
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
    if (takesNext(word, known)) rewritten.push(...words.slice(++index, index + 1));
  }
  return rewritten;
}

/** Returns whether the argument of an option, or of the last one of several letters, is the next word. */
function takesNext(word: string, known: (flag: string) => Option | undefined): boolean {
  if (word.startsWith('--')) return !word.includes('=') && known(word)?.required === true;
  const letters = [...word.slice(1)];
  const first = letters.findIndex(letter => known(`-${letter}`)?.required);
  return first >= 0 && first === letters.length - 1;
}
