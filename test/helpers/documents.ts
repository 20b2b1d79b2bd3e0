// The examples in the documents: their blocks of code, and the commands that stand indented in the text.
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Block {
  /** The document and the line where the block begins. */
  place: string;
  language: string;
  text: string;
}

const pages = readdirSync(path.join(root, 'docs')).map(name => `docs/${name}`);
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...pages];

function blocksOf(document: string): Block[] {
  const text = readFileSync(path.join(root, document), 'utf8');
  const place = (index: number): string => `${document}:${text.slice(0, index).split('\n').length}`;
  const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(({index, 1: language, 2: body}) => ({
    place: place(index),
    language: language!,
    text: body!,
  }));
  const withoutFences = text.replace(/^```[\s\S]*?^```$/gm, block => block.replace(/[^\n]/g, ''));
  const indented = [...withoutFences.matchAll(/^ {4}((?:npm|npx|node|sh|namespawn) .*)$/gm)].map(
    ({index, 1: line}) => ({
      place: place(index),
      language: 'sh',
      text: line!,
    }),
  );
  return [...fenced, ...indented];
}

const all = documents.flatMap(blocksOf);

/** Returns the blocks of a language. */
export const blocks = (language: string): Block[] => all.filter(block => block.language === language);

/** Returns the languages of all blocks. */
export const languages = (): Set<string> => new Set(all.map(({language}) => language));
