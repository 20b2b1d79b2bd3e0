// Reads the option `mounts`: checks each entry, and turns it into the operations that it needs.
import {invalidArgType, invalidArgValue, outOfRange} from '../shared/argument-errors.js';
import {INT_MAX} from '../shared/kernel.js';
import {KnownOptions, listed} from '../shared/known-options.js';
import {own} from '../shared/own.js';
import {flagOr, isGiven, validateInteger, validateNoNul, validateObject, validateString} from '../shared/validate.js';
import type {Step} from './feature.js';
import type {Mount} from './mount-types.js';
import type {Part, Source} from './part.js';

type Fields = Readonly<Record<string, unknown>>;

/** An entry while it is read. */
interface Entry {
  fields: Fields;
  /** As errors name it: 'options.mounts[1]'. */
  name: string;
  destination: string;
  step: Step;
  isOptional: boolean;
}

/** The attributes of a mount that are set if the entry does not say otherwise. */
type Defaults = readonly ('nosuid' | 'nodev' | 'noexec')[];

const attributes = {readOnly: 'READ_ONLY', nosuid: 'NOSUID', nodev: 'NODEV', noexec: 'NOEXEC'} as const;
const bare = ['type', 'destination', 'optional'];
const flagged = [...bare, ...Object.keys(attributes)];
const none: Defaults = [];
const ofKernel: Defaults = ['nosuid', 'nodev', 'noexec'];

interface Kind {
  options: KnownOptions;
  parts(entry: Entry): Part[];
}

const kind = (fields: readonly string[], parts: Kind['parts']): Kind => ({options: new KnownOptions(fields), parts});

const kinds: {readonly [Type in Mount['type']]: Kind} = {
  bind: kind([...flagged, 'source', 'recursive'], bindParts),
  tmpfs: kind([...flagged, 'size', 'inodes', 'mode'], tmpfsParts),
  overlay: kind([...flagged, 'lower', 'upper', 'work'], overlayParts),
  proc: kind([...flagged, 'hidepid', 'subset'], procParts),
  dev: kind([...flagged, 'pts', 'shm'], devParts),
  devpts: kind(flagged, entry => [devptsPart(entry, entry.destination)]),
  mqueue: kind(flagged, entry => [fileSystem(entry, 'mqueue', {}, ofKernel)]),
  sysfs: kind(flagged, entry => [fileSystem(entry, 'sysfs', {}, ofKernel)]),
  cgroup2: kind(flagged, entry => [fileSystem(entry, 'cgroup2', {}, ofKernel)]),
  file: kind([...flagged, 'content', 'mode'], fileParts),
  directory: kind([...bare, 'mode'], entry => [directoryPart(entry, entry.destination, modeOf(entry, 0o755))]),
  symlink: kind([...bare, 'target'], symlinkParts),
  mask: kind(bare, maskParts),
};

// Every mount may need several descriptors, of which nsinit keeps 4096.
const maxMounts = 500;
// Their numbers have to fit into one parameter of 256 bytes.
const maxLayers = 50;
const maxPath = 4095;

/** Reads the option. Returns the operations of all entries, in order. */
export function readMounts(option: unknown): Part[] {
  if (!isGiven(option)) return [];
  if (!Array.isArray(option)) throw invalidArgType('options.mounts', 'an array of mounts', option);
  if (option.length > maxMounts) throw outOfRange('options.mounts.length', `<= ${maxMounts}`, option.length);
  return option.flatMap((mount, index) => readMount(mount, index));
}

/** Reads one entry. */
export function readMount(mount: unknown, index: number): Part[] {
  const name = `options.mounts[${index}]`;
  validateObject(mount, name);
  const {type} = own(mount);
  if (typeof type !== 'string' || !Object.hasOwn(kinds, type)) {
    throw invalidArgValue(`${name}.type`, type, `must be one of ${listed(Object.keys(kinds), type)}`);
  }
  const {options, parts} = kinds[type as Mount['type']];
  const fields: Fields = options.read<Record<string, unknown>>(mount, name);
  const destination = readDestination(fields.destination, `${name}.destination`);
  const isOptional = flagOr(false, fields.optional, `${name}.optional`);
  return parts({fields, name, destination, step: {step: 'mounts', index, path: destination}, isOptional});
}

function readDestination(value: unknown, name: string): string {
  const path = readPath(value, name);
  const parts = path.split('/').filter(part => part !== '' && part !== '.');
  if (!path.startsWith('/') || parts.includes('..')) {
    throw invalidArgValue(name, value, "must be an absolute path without '..'");
  }
  if (parts.length === 0) throw invalidArgValue(name, value, "must not be '/': the option `root` says what that is");
  return `/${parts.join('/')}`;
}

/** Reads a path of the caller's. */
export function readPath(value: unknown, name: string): string {
  validateString(value, name);
  validateNoNul(value, name);
  if (value === '') throw invalidArgValue(name, value, 'must not be empty');
  if (Buffer.byteLength(value) > maxPath) throw outOfRange(`${name}.length`, `<= ${maxPath}`, value.length);
  return value;
}

function readSource(value: unknown, name: string): string | number {
  if (typeof value !== 'number') return readPath(value, name);
  validateInteger(value, name, 0, INT_MAX);
  return value;
}

function flagsOf({fields, name, isOptional}: Entry, defaults: Defaults): string[] {
  const isSet = (field: string): boolean =>
    flagOr((defaults as readonly string[]).includes(field), fields[field], `${name}.${field}`);
  const set = Object.entries(attributes).filter(([field]) => isSet(field));
  return [...set.map(([, flag]) => flag), ...(isOptional ? ['OPTIONAL'] : [])];
}

function modeOf({fields, name}: Entry, byDefault: number): number {
  const {mode} = fields;
  if (!isGiven(mode)) return byDefault;
  validateInteger(mode, `${name}.mode`, 0, 0o7777);
  return mode;
}

/** @param parameters - those that are undefined are left out */
function fileSystem(
  entry: Entry,
  type: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
  defaults: Defaults,
  destination = entry.destination,
): Part {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return {
    step: {...entry.step, path: destination},
    kind: 'FILE_SYSTEM',
    flags: flagsOf(entry, defaults),
    sources: [],
    texts: [destination, type, ...given.flat()].join('\0'),
    argument: given.length,
  };
}

function bindParts(entry: Entry): Part[] {
  const {fields, name, step, destination, isOptional} = entry;
  const how = flagOr(true, fields.recursive, `${name}.recursive`) ? 'RECURSIVE_TREE' : 'TREE';
  const source = readSource(fields.source, `${name}.source`);
  return [{step, kind: 'BIND', flags: flagsOf(entry, none), sources: [{how, source, isOptional}], texts: destination}];
}

function tmpfsParts(entry: Entry): Part[] {
  const {size, inodes} = entry.fields;
  const parameters = {
    size: readSize(size, `${entry.name}.size`),
    nr_inodes: readCount(inodes, `${entry.name}.inodes`),
    mode: modeOf(entry, 0o1777).toString(8),
  };
  return [fileSystem(entry, 'tmpfs', parameters, ['nosuid', 'nodev'])];
}

function readCount(value: unknown, name: string): number | undefined {
  if (!isGiven(value)) return undefined;
  // 0 stands for no limit.
  validateInteger(value, name, 1, Number.MAX_SAFE_INTEGER);
  return value;
}

function readSize(value: unknown, name: string): string | number | undefined {
  if (typeof value !== 'string') return readCount(value, name);
  if (/^[1-9]\d{0,14}[kmg%]?$/i.test(value)) return value;
  throw invalidArgValue(name, value, "must be a number of bytes, or a text such as '64m' or '10%'");
}

function overlayParts(entry: Entry): Part[] {
  const {step, destination, isOptional} = entry;
  const sources = readLayers(entry.fields, entry.name, isOptional);
  const hasUpper = sources.some(({how}) => how === 'UPPER');
  const flags = [...flagsOf(entry, none), ...(hasUpper ? ['HAS_UPPER'] : [])];
  const argument = sources.filter(({how}) => how === 'LAYER').length;
  return [{step, kind: 'OVERLAY', flags, sources, texts: destination, argument}];
}

/** Reads the directories of an overlay: the lower ones, then the upper and the work directory if there are any. */
export function readLayers({lower, upper, work}: Fields, name: string, isOptional: boolean): Source[] {
  if (!Array.isArray(lower)) throw invalidArgType(`${name}.lower`, 'an array of paths', lower);
  if (lower.length === 0 || lower.length > maxLayers) {
    throw outOfRange(`${name}.lower.length`, `>= 1 && <= ${maxLayers}`, lower.length);
  }
  if (isGiven(upper) !== isGiven(work)) {
    throw invalidArgValue(`${name}.work`, work, 'must be given together with `upper`: an empty directory beside it');
  }
  const layers = lower.map((path, index) => ({
    how: 'LAYER' as const,
    source: readPath(path, `${name}.lower[${index}]`),
  }));
  const uppers = isGiven(upper)
    ? [
        {how: 'UPPER' as const, source: readPath(upper, `${name}.upper`)},
        {how: 'UPPER' as const, source: readPath(work, `${name}.work`)},
      ]
    : [];
  return [...layers, ...uppers].map(layer => ({...layer, isOptional}));
}

const hidings = ['off', 'noaccess', 'invisible', 'ptraceable'];

function procParts(entry: Entry): Part[] {
  const {hidepid, subset} = entry.fields;
  if (isGiven(hidepid) && !hidings.includes(hidepid as string)) {
    throw invalidArgValue(`${entry.name}.hidepid`, hidepid, `must be one of ${listed(hidings, hidepid)}`);
  }
  if (isGiven(subset) && subset !== 'pid') throw invalidArgValue(`${entry.name}.subset`, subset, "must be 'pid'");
  const parameters = {
    hidepid: isGiven(hidepid) ? (hidepid as string) : undefined,
    subset: isGiven(subset) ? (subset as string) : undefined,
  };
  return [fileSystem(entry, 'proc', parameters, ofKernel)];
}

// The devices that every program may expect. A user namespace cannot make them, so they are those of the host.
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
const deviceLinks = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  core: '/proc/kcore',
};

function devParts(entry: Entry): Part[] {
  const {fields, name, destination, isOptional} = entry;
  const at = (child: string): string => `${destination}/${child}`;
  const links = Object.entries(deviceLinks).map(([link, target]) => linkPart(entry, at(link), target));
  const flags = flagsOf(entry, ['nosuid']).filter(flag => flag !== 'READ_ONLY');
  const nodes = devices.map<Part>(device => ({
    step: {...entry.step, path: at(device)},
    kind: 'BIND',
    flags,
    sources: [{how: 'TREE', source: `/dev/${device}`, isOptional}],
    texts: at(device),
  }));
  const pts = flagOr(true, fields.pts, `${name}.pts`);
  const shm = flagOr(true, fields.shm, `${name}.shm`);
  return [
    fileSystem(entry, 'tmpfs', {mode: '755'}, ['nosuid']),
    ...nodes,
    ...links,
    ...(pts ? [devptsPart(entry, at('pts')), linkPart(entry, at('ptmx'), 'pts/ptmx')] : []),
    ...(shm ? [directoryPart(entry, at('shm'), 0o1777)] : []),
  ];
}

/** A devpts is a new one in every mount since Linux 4.7. */
function devptsPart(entry: Entry, destination: string): Part {
  const part = fileSystem(entry, 'devpts', {mode: '620', ptmxmode: '666'}, ['nosuid', 'noexec'], destination);
  // Its terminals have to be writable in a read-only /dev.
  return entry.fields.type === 'dev' ? {...part, flags: part.flags.filter(flag => flag !== 'READ_ONLY')} : part;
}

function fileParts(entry: Entry): Part[] {
  const {step, destination, name, fields} = entry;
  const {content} = fields;
  if (typeof content !== 'string' && !(content instanceof Uint8Array)) {
    throw invalidArgType(`${name}.content`, 'of type string or an instance of Uint8Array', content);
  }
  const bytes = Buffer.from(content as string);
  const texts = Buffer.concat([Buffer.from(`${destination}\0`), bytes]);
  const flags = flagsOf(entry, none);
  return [{step, kind: 'FILE', flags, sources: [], texts, mode: modeOf(entry, 0o644), argument: bytes.length}];
}

function directoryPart({step, isOptional}: Entry, destination: string, mode: number): Part {
  const flags = isOptional ? ['OPTIONAL'] : [];
  return {step: {...step, path: destination}, kind: 'DIRECTORY', flags, sources: [], texts: destination, mode};
}

function linkPart({step}: Entry, destination: string, target: string): Part {
  return {
    step: {...step, path: destination},
    kind: 'SYMLINK',
    flags: [],
    sources: [],
    texts: `${destination}\0${target}`,
  };
}

function symlinkParts(entry: Entry): Part[] {
  return [linkPart(entry, entry.destination, readPath(entry.fields.target, `${entry.name}.target`))];
}

function maskParts({step, destination, isOptional}: Entry): Part[] {
  const sources: Source[] = [{how: 'TREE', source: '/dev/null', isOptional: false}];
  return [{step, kind: 'MASK', flags: isOptional ? ['OPTIONAL'] : [], sources, texts: destination}];
}
