// Only an object's own properties count as options. Otherwise an attacker who can set Object.prototype.shell (prototype pollution, a common
// flaw of libraries that merge objects) could run any command. child_process copies its options for the same reason.
import type {SocketConstructorOpts} from 'node:net';

/**
 * The class of all copies. Its prototype is empty. V8 keeps objects of a class fast, whereas those of `Object.create(null)` are slow
 * dictionaries.
 */
class Own {}
Reflect.deleteProperty(Own.prototype, 'constructor');
Object.setPrototypeOf(Own.prototype, null);
Object.freeze(Own.prototype);

const none: object = Object.freeze(new Own());

/**
 * Copies an object's own properties into an object that inherits none. It is used for the options that a caller passes, and for those that
 * are passed on to a function of Node, which looks for more properties than it is given.
 * @returns an empty object for null and undefined
 */
export function own<T extends object>(options: T | null | undefined): T {
  if (options === undefined || options === null) return none as T;
  return Object.assign(new Own(), options) as T;
}

/**
 * Returns a property that an object has itself or inherits from its class, such as the descriptor of a stream or the PID of a process.
 * A property of Object.prototype does not count.
 */
export function memberOf(object: object, name: string): unknown {
  return hasMember(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** Returns whether {@link memberOf} finds the property. */
export function hasMember(object: object, name: string): boolean {
  for (let at: object | null = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}

/** The options of fs.readFileSync for a text. Node would put an encoding that is given as a string into an object that inherits. */
export const asText = own({encoding: 'utf8' as const, flag: 'r'});

/** The options of an AsyncResource. */
export const manually = own({requireManualDestroy: true});

/** The options of fs.statSync and fs.lstatSync that make them return undefined for a missing file. */
export const orUndefined = own({throwIfNoEntry: false as const});

/**
 * Returns the options of a `net.Socket` for a descriptor. The constructor copies them into an object that inherits from Object.prototype,
 * so every name that the constructor or its streams look for is listed here.
 */
export function socketOptions(fd: number, readable: boolean, writable: boolean): SocketConstructorOpts {
  const options = {
    fd,
    readable,
    writable,
    allowHalfOpen: false,
    handle: undefined,
    onread: undefined,
    signal: undefined,
    pauseOnCreate: undefined,
    manualStart: undefined,
    noDelay: undefined,
    keepAlive: undefined,
    keepAliveInitialDelay: undefined,
    objectMode: undefined,
    readableObjectMode: undefined,
    writableObjectMode: undefined,
    highWaterMark: undefined,
    readableHighWaterMark: undefined,
    writableHighWaterMark: undefined,
    encoding: undefined,
    defaultEncoding: undefined,
    read: undefined,
    write: undefined,
    writev: undefined,
    destroy: undefined,
    final: undefined,
    construct: undefined,
    captureRejections: undefined,
  };
  // Node's type declarations do not allow undefined here, and lack the undocumented names.
  return options as unknown as SocketConstructorOpts;
}
