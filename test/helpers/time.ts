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

/**
 * Calls a function with a timeout, and again with one that is four times as long while it returns undefined, because what should happen
 * before the timeout had not happened: a loaded machine needs longer for it.
 * @param attempt - receives the timeout in milliseconds
 */
export async function beforeTimeout<T>(attempt: (timeout: number) => Promise<T | undefined>): Promise<T> {
  for (let timeout = patient(300); timeout < patient(100_000); timeout *= 4) {
    const result = await attempt(timeout);
    if (result !== undefined) return result;
  }
  throw new Error('the timeout came first, however long it was');
}
