// Options are what their object says itself. A program in which somebody has set Object.prototype.shell (prototype pollution, a flaw of
// many a library that merges objects) would otherwise run what they like; child_process copies its options for the same reason.
import type {SocketConstructorOpts} from 'node:net';

/** What a copy inherits from: nothing. Objects of one class stay fast where those of `Object.create(null)` are slow dictionaries. */
class Own {}
Reflect.deleteProperty(Own.prototype, 'constructor');
Object.setPrototypeOf(Own.prototype, null);
Object.freeze(Own.prototype);

const none: object = Object.freeze(new Own());

/**
 * The object's own properties, in an object that inherits none: for options that come in, and for those that go to a function of Node's,
 * which looks for more of them than we give it.
 */
export function own<T extends object>(options: T | null | undefined): T {
  if (options === undefined || options === null) return none as T;
  return Object.assign(new Own(), options) as T;
}

/**
 * A property of an object that may be of a class, and have it from there: a stream's descriptor, a process's PID. What it has from
 * Object.prototype alone is nothing of its own.
 */
export function memberOf(object: object, name: string): unknown {
  return hasMember(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** Whether {@link memberOf} finds it. */
export function hasMember(object: object, name: string): boolean {
  for (let at: object | null = object; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}

/** For files that are read as text: a name in its place would be put into an object of Node's that inherits. */
export const asText = own({encoding: 'utf8' as const, flag: 'r'});

/** For an AsyncResource. */
export const manually = own({requireManualDestroy: true});

/** For stat functions. */
export const orUndefined = own({throwIfNoEntry: false as const});

/**
 * The options of a `net.Socket` for a descriptor. Its constructor copies them into an object that inherits again, so each name that it or
 * its streams look for stands here.
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
  // Node's types have no undefined there, and what they do not document is missing.
  return options as unknown as SocketConstructorOpts;
}
