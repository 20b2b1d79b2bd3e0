// Parses the text of a link to a namespace.
import {isNamespaceType, type NamespaceType} from '../shared/namespace-types.js';

/** Parses a text such as `net:[4026531833]`. Returns undefined for anything else, such as `socket:[1]`. */
export function parseLink(text: string): {type: NamespaceType; id: number} | undefined {
  const bracket = text.indexOf(':[');
  const type = text.slice(0, bracket);
  if (bracket < 0 || !isNamespaceType(type) || !text.endsWith(']')) return undefined;
  return {type, id: Number(text.slice(bracket + 2, -1))};
}
