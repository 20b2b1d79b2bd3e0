// Every name under which this package, or a function of Node that it uses, may look for an option. The names are found in the types and in
// Node's own source text, so a new one is included automatically.
import {AsyncResource} from 'node:async_hooks';
import {addAbortListener} from 'node:events';
import fs, {readdirSync, readFileSync} from 'node:fs';
import {Socket} from 'node:net';
import path from 'node:path';
import {Interface} from 'node:readline';
import {PassThrough, pipeline, Readable, Writable} from 'node:stream';
import {ReadStream} from 'node:tty';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

// Names of property descriptors. With one of these in Object.prototype no property can be defined any more.
const unusable = new Set(['get', 'set', 'value', 'writable', ...Object.getOwnPropertyNames(Object.prototype)]);

function declarations(folder: string): string[] {
  return readdirSync(path.join(root, folder), {recursive: true})
    .map(String)
    .filter(name => name.endsWith('.d.ts'))
    .map(name => readFileSync(path.join(root, folder, name), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''));
}

/** Returns the names of the properties that a text declares. */
function properties(text: string): string[] {
  return [...text.matchAll(/(?<=[{;,(]\s*)(?:readonly )?(\w+)\??(?=[:(])/g)].map(([, name]) => name!);
}

/** Returns the names of the properties of all types of this package. */
export function ownNames(): string[] {
  return usable(declarations('dist').flatMap(properties));
}

/** Returns the names of the options of all functions of Node. */
export function nodeNames(): string[] {
  const interfaces = declarations('node_modules/@types/node').flatMap(text =>
    [...text.matchAll(/interface \w*(?:Options|Opts|OptionsArgs)\b[^{]*\{([\s\S]*?)\n {4}\}/g)].map(
      ([, body]) => `{${body}`,
    ),
  );
  // Undocumented options are read as well.
  const functions = [
    ...[Socket, ReadStream, Interface, Readable, Writable, PassThrough, AsyncResource, addAbortListener, pipeline],
    ...Object.values(fs).filter(value => typeof value === 'function'),
    process.emitWarning,
  ];
  const read = functions.flatMap(call =>
    [...String(call).matchAll(/\bopt(?:ion)?s\??\.(\w+)/g)].map(([, name]) => name!),
  );
  return usable([...interfaces.flatMap(properties), ...read]);
}

function usable(names: readonly string[]): string[] {
  return [...new Set(names)].filter(name => !unusable.has(name)).sort();
}
