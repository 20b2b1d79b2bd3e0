// Deadlines and amounts for tests that also run on an emulated CPU.
import os from 'node:os';

/** The factor by which this machine may be slower than a real CPU. */
export const slowness = os.cpus()[0]?.model.startsWith('QEMU TCG CPU') ? 20 : 1;

/** Extends a deadline, given for a real CPU, to what this machine needs. */
export function patient(milliseconds: number): number {
  return milliseconds * slowness;
}

/** Reduces an amount (of commands, rounds or bytes) that takes long to what this machine can do. */
export function scaled(amount: number): number {
  return Math.ceil(amount / slowness);
}
