// Loads the addon; the only file that does. It is loaded at the first use, so that an import succeeds on any platform.
import {createRequire} from 'node:module';
import {fileURLToPath} from 'node:url';
import {codedError} from './errors.js';

/** The addon's functions: one a system call, which answer with the result or the negative errno. */
export interface Native {
  /** Constants by their kernel names. */
  readonly constants: Readonly<Record<string, number>>;
  /** RLIMIT_* by the kernel's names in lower case. */
  readonly resources: Readonly<Record<string, number>>;
  /** Names of system calls by number, of those that a set-up can fail in. */
  readonly syscalls: Readonly<Record<number, string>>;
}

let addon: Native | undefined;

/**
 * The addon.
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM elsewhere than on Linux
 */
export function native(): Native {
  addon ??= load();
  return addon;
}

function load(): Native {
  if (process.platform !== 'linux') {
    throw codedError(
      'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM',
      `namespaces are a feature of Linux, and this is ${process.platform}`,
    );
  }
  const root = fileURLToPath(new URL('..', import.meta.url));
  return createRequire(import.meta.url)('node-gyp-build')(root) as Native;
}
