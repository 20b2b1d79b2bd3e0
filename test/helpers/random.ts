// Random numbers that are determined by a seed, so that a run can be repeated (except its timing).

export interface Random {
  /** Returns a whole number from 0 to n - 1. */
  below(n: number): number;
  pick<T>(items: readonly T[]): T;
}

/** Creates a generator by the algorithm Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {below, pick: items => items[below(items.length)]!};
}
