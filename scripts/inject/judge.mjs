// Checks that the result of a fault is what the project promises.

function isTyped({name, code, step, syscall}) {
  if (typeof code !== 'string' || !/^E[A-Z0-9_]+$/.test(code)) return false;
  if (name === 'NamespaceError') return typeof step === 'string';
  if (name === 'RunError') return true;
  return typeof syscall === 'string';
}

/** Returns the problem, if there is one, and whether the fault had no effect. */
export function judge(_fault, result, expected) {
  if (result === undefined) return {problem: 'Node has ended, or has printed no result'};
  const {seen, error, isOver, after, left, uncaught, processes, milliseconds} = result;
  if (uncaught.length > 0) return {problem: `uncaught: ${uncaught[0]}`};
  if (isOver === false) return {problem: `nothing came of it in ${milliseconds} ms`};
  if (after !== 'ok') return {problem: `the next launch failed: ${JSON.stringify(after)}`};
  if (left.length > 0) return {problem: `left: ${[...left, ...processes].join(', ')}`};
  if (error !== undefined) return isTyped(error) ? {} : {problem: `no typed error: ${JSON.stringify(error)}`};
  if (seen !== expected.seen)
    return {problem: `it looked well, but was not: ${seen}\n  instead of:        ${expected.seen}`};
  return {isIgnored: true};
}
