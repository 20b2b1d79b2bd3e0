// The processors for which programs are compiled, and their system calls.
import {invalidArgValue} from '../shared/argument-errors.js';
import {listed} from '../shared/known-options.js';
import {otherSyscalls, syscallTable} from './syscall-table.js';

/** How many bits of an argument the kernel reads. */
export type Width = 16 | 32 | 64;

export interface Syscall {
  readonly name: string;
  /** Undefined if this processor does not have the call. */
  readonly number: number | undefined;
  /** Returns how many bits of an argument the kernel reads. */
  widthOf(index: number): Width;
}

export interface Architecture {
  /** AUDIT_ARCH_* of linux/audit.h. */
  readonly audit: number;
  /** The name in `arches` of a profile. */
  readonly goName: string;
  /** Whether calls with bit 30 are those of x32. */
  readonly hasX32: boolean;
  /** The calls that x86-64 or arm64 has. */
  readonly syscalls: ReadonlyMap<string, Syscall>;
}

const widths: Readonly<Record<string, Width>> = {i: 32, s: 16, l: 64};

/** The calls of one column of the table. */
function readTable(column: number): ReadonlyMap<string, Syscall> {
  const entries = syscallTable.trim().split(/\s+/);
  return new Map(
    entries.map(entry => {
      const fields = entry.split(':');
      const name = fields[0]!;
      const letters = fields[3] ?? '';
      const number = fields[column] ? Number(fields[column]) : undefined;
      return [name, {name, number, widthOf: index => widths[letters[index] ?? 'l']!}];
    }),
  );
}

// The table is read when a profile is used first, which most programs never do.
const made = new Map<string, Architecture>();

/** Returns the architecture for a name as in process.arch. */
export function architectureOf(name: string): Architecture {
  let found = made.get(name);
  if (found === undefined) {
    if (name === 'x64') found = {audit: 0xc000003e, goName: 'amd64', hasX32: true, syscalls: readTable(1)};
    else if (name === 'arm64') found = {audit: 0xc00000b7, goName: 'arm64', hasX32: false, syscalls: readTable(2)};
    else throw invalidArgValue('architecture', name, "must be 'x64' or 'arm64'");
    made.set(name, found);
  }
  return found;
}

/** The names of calls that only other processors or older kernels have. */
const others: ReadonlySet<string> = new Set(otherSyscalls.trim().split(/\s+/));

/** Returns whether the name is that of a call of any processor. */
export function isKnownSyscall(name: string, {syscalls}: Architecture): boolean {
  return syscalls.has(name) || others.has(name);
}

/** Creates the error for a name that is none of a system call. `why` says what would be lost. */
export function unknownSyscall(where: string, name: string, why: string, {syscalls}: Architecture): Error {
  const near = / \(the nearest is .*$/.exec(listed([...syscalls.keys()], name))?.[0] ?? '';
  return invalidArgValue(where, name, `must be the name of a system call${near}${why}`);
}
