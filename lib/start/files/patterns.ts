// Globs: their braces are expanded here, and the worker matches the rest (src-native/nsinit/files/match.c).
import {invalidArgType, invalidArgValue} from '../../errors/errors.js';
import {validateNoNul, validateString} from '../../shared/validate.js';

/** The worker follows all patterns at once, and each of their names takes room in it: RESTS_MAX of walk.c. */
const maxNames = 64;

/**
 * Checks globs, and expands them.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
 */
export function resolvePatterns(given: unknown, name: string): string[] {
  if (!Array.isArray(given)) throw invalidArgType(name, 'an array of strings', given);
  const all = given.flatMap((pattern, index) => resolvePattern(pattern, `${name}[${index}]`));
  const patterns = [...new Set(all)];
  const names = patterns.reduce((sum, pattern) => sum + pattern.split('/').length, 0);
  if (names > maxNames)
    throw invalidArgValue(name, given, `must have at most ${maxNames} names between slashes in all`);
  return patterns;
}

function resolvePattern(given: unknown, name: string): string[] {
  validateString(given, name);
  validateNoNul(given, name);
  return expandBraces(given, name).map(pattern => {
    const parts = pattern.split('/').filter((part, index) => part !== '.' && (part !== '' || index === 0));
    if (parts.includes('..')) throw invalidArgValue(name, given, "must not have '..'");
    const normal = parts.join('/');
    if (normal === '') throw invalidArgValue(name, given, 'must name something');
    return normal;
  });
}

/** `a{b,c}` stands for `ab` and `ac`. A brace without a comma stands for itself, and so does one behind a backslash. */
function expandBraces(pattern: string, name: string): string[] {
  const group = firstGroup(pattern);
  if (group === undefined) return [pattern];
  const {start, end, commas} = group;
  const cuts = [start, ...commas, end];
  const before = pattern.slice(0, start);
  const after = pattern.slice(end + 1);
  const all = cuts.slice(1).flatMap((cut, index) => {
    return expandBraces(before + pattern.slice(cuts[index]! + 1, cut) + after, name);
  });
  if (all.length > maxNames) throw invalidArgValue(name, pattern, `must stand for at most ${maxNames} patterns`);
  return all;
}

/** Finds the first pair of braces that has a comma of its own. */
function firstGroup(pattern: string): {start: number; end: number; commas: number[]} | undefined {
  const open: {start: number; commas: number[]}[] = [];
  const found: {start: number; end: number; commas: number[]}[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at];
    if (character === '\\') at++;
    else if (character === '{') open.push({start: at, commas: []});
    else if (character === ',') open.at(-1)?.commas.push(at);
    else if (character === '}') {
      const group = open.pop();
      if (group !== undefined && group.commas.length > 0) found.push({...group, end: at});
    }
  }
  return found.sort((a, b) => a.start - b.start)[0];
}
