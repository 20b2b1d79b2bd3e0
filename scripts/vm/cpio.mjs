// Writes initramfs archives (cpio, "newc" format: Documentation/driver-api/early-userspace/buffer-format.rst in Linux).
// cpio(1) is not used, because an ordinary user could not create files of root and device nodes with it.
import {closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, writeSync} from 'node:fs';
import path from 'node:path';

const TYPE = {directory: 0o040000, file: 0o100000, symlink: 0o120000, characterDevice: 0o020000};

export class CpioWriter {
  #fd;
  #inode = 1;
  #seen = new Set(['/']);

  /** @param {string} file the archive is appended to this file; the kernel unpacks several archives in one file */
  constructor(file) {
    this.#fd = openSync(file, 'a');
  }

  directory(name, {mode = 0o755, uid = 0, gid = 0} = {}) {
    this.#parents(name);
    this.#entry(name, {mode: TYPE.directory | mode, uid, gid});
  }

  file(name, content, {mode = 0o644, uid = 0, gid = 0} = {}) {
    this.#parents(name);
    this.#entry(name, {mode: TYPE.file | mode, uid, gid, content: Buffer.from(content)});
  }

  symlink(name, target) {
    this.#parents(name);
    this.#entry(name, {mode: TYPE.symlink | 0o777, content: Buffer.from(target)});
  }

  characterDevice(name, major, minor) {
    this.#parents(name);
    this.#entry(name, {mode: TYPE.characterDevice | 0o600, device: [major, minor]});
  }

  /**
   * Adds a file or folder of this machine, with everything in it.
   * @param {(file: string) => boolean} wanted returns whether to add a path; it is called for `from` and for each path in it
   */
  tree(name, from, wanted = () => true) {
    if (!wanted(from)) return;
    const status = lstatSync(from);
    if (status.isSymbolicLink()) this.symlink(name, readlinkSync(from));
    else if (status.isFile()) this.file(name, readFileSync(from), {mode: status.mode & 0o7777});
    else if (status.isDirectory()) {
      this.directory(name, {mode: status.mode & 0o7777});
      for (const child of readdirSync(from)) this.tree(path.join(name, child), path.join(from, child), wanted);
    }
    // Sockets, FIFOs and devices in the folder are left out, because they are useless in another machine.
  }

  close() {
    this.#entry('TRAILER!!!', {mode: 0});
    closeSync(this.#fd);
  }

  #parents(name) {
    const parent = path.dirname(path.resolve('/', name));
    if (!this.#seen.has(parent)) this.directory(parent);
  }

  #entry(name, {mode, uid = 0, gid = 0, content = Buffer.alloc(0), device = [0, 0]}) {
    const relative = name === 'TRAILER!!!' ? name : path.resolve('/', name).slice(1);
    if (name !== 'TRAILER!!!') {
      const absolute = `/${relative}`;
      if (this.#seen.has(absolute)) {
        if ((mode & 0o170000) === TYPE.directory) return;
        throw new Error(`two entries for ${absolute} in one archive`);
      }
      this.#seen.add(absolute);
    }
    const nameBytes = Buffer.from(`${relative}\0`);
    const fields = [this.#inode++, mode, uid, gid, 1, 0, content.length, 0, 0, ...device, nameBytes.length, 0];
    const header = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
    this.#write(Buffer.concat([Buffer.from(header), nameBytes, padding(header.length + nameBytes.length)]));
    this.#write(content);
    this.#write(padding(content.length));
  }

  #write(bytes) {
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
  }
}

function padding(length) {
  return Buffer.alloc(-length & 3);
}
