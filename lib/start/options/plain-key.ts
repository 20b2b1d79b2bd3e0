// A text that is the same for options of the same content. Set-ups are cached by it.
import {types} from 'node:util';

// Longer ones, as of files with much content, are not worth it.
const maxLength = 16_384;

/**
 * Returns a text for plain data, which contains everything that the data says, and undefined for anything else: objects of a class, accessors,
 * proxies, functions, and much text.
 */
export function plainKey(value: unknown): string | undefined {
  const parts: string[] = [];
  return write(value, parts, 4) && parts.reduce((sum, {length}) => sum + length, 0) <= maxLength
    ? parts.join('')
    : undefined;
}

function write(value: unknown, parts: string[], depth: number): boolean {
  switch (typeof value) {
    case 'string':
      parts.push(`${value.length}:`, value);
      return true;
    case 'number':
    case 'boolean':
    case 'undefined':
      parts.push(`${value};`);
      return true;
    case 'object':
      return value === null ? parts.push('null;') > 0 : depth > 0 && writeObject(value, parts, depth - 1);
    default:
      return false;
  }
}

function writeObject(value: object, parts: string[], depth: number): boolean {
  if (types.isProxy(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false;
  if (Object.getOwnPropertySymbols(value).length > 0) return false;
  parts.push(Array.isArray(value) ? `[${value.length};` : '{');
  for (const name of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name)!;
    if (!Object.hasOwn(property, 'value')) return false;
    parts.push(`${name.length}:`, name);
    if (!write(property.value, parts, depth)) return false;
  }
  parts.push(']');
  return true;
}
