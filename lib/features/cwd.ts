// The option `cwd`.
import {fileURLToPath} from 'node:url';
import {invalidArgType, invalidArgValue} from '../shared/argument-errors.js';
import {isGiven, validateNoNul} from '../shared/validate.js';
import {commandFeature} from './feature.js';

export interface CwdOptions {
  /** The working directory of the command, a path inside. An empty string stands for the default. Default: the caller's. chdir(2) */
  cwd?: string | Buffer | URL | undefined;
}

export const cwd = commandFeature<CwdOptions, string | Buffer>({
  title: 'Working directory',
  examples: {cwd: '/'},
  resolve: options => resolveCwd(options.cwd),
  write(operations, directory) {
    if (directory !== undefined) operations.add({step: 'cwd', path: `${directory}`}, 'CHDIR', [0], directory);
  },
  causes: [
    {
      steps: ['cwd'],
      code: 'ENOENT',
      why: 'the working directory does not exist',
      advice: 'create it, or use another: {path}',
      applies: ({path = ''}) => ({path}),
    },
    {
      steps: ['cwd'],
      code: 'ENOTDIR',
      why: 'the working directory is not a directory',
      advice: 'name another: {path}',
      applies: ({path = ''}) => ({path}),
    },
    {
      steps: ['cwd'],
      code: 'EACCES',
      why: 'this user may not enter the working directory',
      advice: 'change its mode, or name another: {path}',
      applies: ({path = ''}) => ({path}),
    },
  ],
});

function resolveCwd(option: unknown): string | Buffer | undefined {
  // As in child_process, an empty string stands for the default.
  if (!isGiven(option) || option === '') return undefined;
  if (option instanceof URL) return fileURLToPath(option);
  if (option instanceof Uint8Array) {
    if (option.includes(0)) throw invalidArgValue('options.cwd', option, 'must be without null bytes');
    return Buffer.from(option.buffer, option.byteOffset, option.byteLength);
  }
  if (typeof option !== 'string') {
    throw invalidArgType('options.cwd', 'of type string or an instance of Buffer or URL', option);
  }
  validateNoNul(option, 'options.cwd');
  return option;
}
