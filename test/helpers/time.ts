// Deadlines and amounts for tests that also run where every instruction is emulated.
import os from 'node:os';

/** How many times longer than on a real CPU things may take here. */
export const slowness = os.cpus()[0]?.model.startsWith('QEMU TCG CPU') ? 20 : 1;

/** A deadline that holds on a real CPU, as long as it has to be here. */
export function patient(milliseconds: number): number {
  return milliseconds * slowness;
}

/** How much of what takes long on a real CPU is done here: commands, rounds, bytes. */
export function scaled(amount: number): number {
  return Math.ceil(amount / slowness);
}
