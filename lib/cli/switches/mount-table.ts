// The switches of mounts, by the names that bwrap(1) has for them, and the entries of `mounts` that they stand for.
import type {Mount} from '../../features/mount-types.js';
import {takeContent, takeDescriptor} from '../inherited.js';
import {UsageError} from '../words.js';
import {parseMount} from './mount-fields.js';

/** What the switches before this one have said of it. */
export interface Prefixes {
  /** Of --perms. */
  mode?: number;
  /** Of --size. */
  size?: number;
  /** Of --overlay-src, the last one first. */
  lower: string[];
}

/** A switch of a mount. */
export interface MountSwitch {
  flags: string;
  description: string;
  /** The prefixes that it takes. 'lower' has to be there. Default: none. */
  takes?: readonly (keyof Prefixes)[];
  entry(values: readonly string[], prefixes: Prefixes): Mount;
}

type Fields = Readonly<Record<string, unknown>>;

/** bwrap shows no devices and heeds no set-user-ID bits in what it binds. */
const isolated = {nosuid: true, nodev: true};
const kinds: readonly (readonly [name: string, description: string, fields: Fields])[] = [
  ['bind', 'a file or folder of the host on DEST', isolated],
  ['ro-bind', 'the same, read-only', {...isolated, readOnly: true}],
  ['dev-bind', 'the same, with access to devices', {nosuid: true}],
];

const binds = kinds.flatMap(([name, description, fields]): MountSwitch[] => [
  {
    flags: `--${name} <src> <dest>`,
    description,
    entry: ([source, destination]) => ({type: 'bind', source: source!, destination: destination!, ...fields}),
  },
  {
    flags: `--${name}-try <src> <dest>`,
    description: `--${name}, if SRC exists`,
    entry: ([source, destination]) => ({
      type: 'bind',
      source: source!,
      destination: destination!,
      ...fields,
      optional: true,
    }),
  },
]);

const descriptors = kinds.slice(0, 2).map(
  ([name, , fields]): MountSwitch => ({
    flags: `--${name}-fd <fd> <dest>`,
    description: `--${name} of an open descriptor`,
    entry([fd, destination]) {
      const number = toDescriptor(`--${name}-fd`, fd!);
      if (!takeDescriptor(number)) throw notOpen(`--${name}-fd`, number);
      return {type: 'bind', source: number, destination: destination!, ...fields};
    },
  }),
);

// bwrap(1) has these modes as well.
const files = (
  [
    ['file', 'a file with what can be read from FD', 0o666, false],
    ['bind-data', 'the same, with the mode 0600', 0o600, false],
    ['ro-bind-data', 'the same, read-only', 0o600, true],
  ] as const
).map(
  ([name, description, byDefault, readOnly]): MountSwitch => ({
    flags: `--${name} <fd> <dest>`,
    description,
    takes: ['mode'],
    entry([fd, destination], {mode = byDefault}) {
      const number = toDescriptor(`--${name}`, fd!);
      const content = takeContent(number);
      if (content === undefined) throw notOpen(`--${name}`, number);
      return {type: 'file', content, destination: destination!, mode, readOnly, ...isolated};
    },
  }),
);

/** All that stand for one entry each, in the order of the help. */
export const mountTable: readonly MountSwitch[] = [
  ...binds,
  ...descriptors,
  {
    flags: '--tmpfs <dest>',
    description: 'an empty file system in memory',
    takes: ['mode', 'size'],
    entry: ([destination], {mode = 0o755, size}) => ({type: 'tmpfs', destination: destination!, mode, size}),
  },
  {
    flags: '--dir <dest>',
    description: 'a folder, if there is none',
    takes: ['mode'],
    entry: ([destination], {mode = 0o755}) => ({type: 'directory', destination: destination!, mode}),
  },
  ...files,
  {
    flags: '--symlink <target> <dest>',
    description: 'a symbolic link',
    entry: ([target, destination]) => ({type: 'symlink', target: target!, destination: destination!}),
  },
  {
    flags: '--overlay <rwsrc> <workdir> <dest>',
    description: 'an overlay, whose changes go to RWSRC; WORKDIR is an empty folder beside it',
    takes: ['lower'],
    entry: ([upper, work, destination], {lower}) => ({type: 'overlay', lower, upper, work, destination: destination!}),
  },
  {
    flags: '--tmp-overlay <dest>',
    description: 'an overlay, whose changes are gone at the end',
    takes: ['lower'],
    entry: ([destination], {lower}) => ({type: 'overlay', lower, destination: destination!}),
  },
  {
    flags: '--ro-overlay <dest>',
    description: 'a read-only overlay',
    takes: ['lower'],
    entry: ([destination], {lower}) => ({type: 'overlay', lower, destination: destination!, readOnly: true}),
  },
  {
    flags: '--proc <dest>',
    description: 'a procfs',
    entry: ([destination]) => ({type: 'proc', destination: destination!}),
  },
  {
    flags: '--dev <dest>',
    description: 'a small /dev',
    entry: ([destination]) => ({type: 'dev', destination: destination!}),
  },
  {
    flags: '--mqueue <dest>',
    description: 'the POSIX message queues',
    entry: ([destination]) => ({type: 'mqueue', destination: destination!}),
  },
  {
    flags: '--mount <fields>',
    description: "any mount: 'type=bind,source=SRC,destination=DEST,readonly', as docker has it",
    entry: ([fields]) => parseMount(fields!),
  },
];

function toDescriptor(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new UsageError(`${name}: FD must be the number of a descriptor, and is '${text}'`);
}

const notOpen = (name: string, fd: number): UsageError => new UsageError(`${name}: descriptor ${fd} is not open`);
