// Selects a part of the faults, determined by the seed: one for each call of each role, and some more.

/** Returns a generator of random numbers below `limit`, determined by the seed (Mulberry32). */
function below(seed) {
  let state = seed >>> 0;
  return limit => {
    state = (state + 0x6d2b79f5) >>> 0;
    let number = Math.imul(state ^ (state >>> 15), state | 1);
    number ^= number + Math.imul(number ^ (number >>> 7), number | 61);
    return ((number ^ (number >>> 14)) >>> 0) % limit;
  };
}

/** Selects a number of faults for each call of each role. */
const ofEach = 2;

export function sampled(faults, seed) {
  const random = below(seed);
  const groups = Map.groupBy?.(faults, keyOf) ?? groupBy(faults);
  return [...groups.values()].flatMap(group => {
    const rest = [...group];
    return Array.from({length: Math.min(ofEach, rest.length)}, () => rest.splice(random(rest.length), 1)[0]);
  });
}

const keyOf = ({role, call}) => `${role} ${call}`;

function groupBy(faults) {
  const groups = new Map();
  for (const fault of faults) {
    const group = groups.get(keyOf(fault)) ?? [];
    group.push(fault);
    groups.set(keyOf(fault), group);
  }
  return groups;
}
