// Roots of the tests' own, and what a command sees in them.
import {lstatSync, readlinkSync} from 'node:fs';
import type {Mount, SpawnOptions} from 'namespawn';
import {shell} from './shell.js';

/** What programs of the host need, at the same places. */
export function programs(): Mount[] {
  return ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'].flatMap<Mount>(path => {
    const status = lstatSync(path, {throwIfNoEntry: false});
    if (status === undefined) return [];
    if (status.isSymbolicLink()) return [{type: 'symlink', destination: path, target: readlinkSync(path)}];
    return [{type: 'bind', source: path, destination: path, readOnly: true}];
  });
}

/** Options for an empty root with the programs of the host. */
export function inEmptyRoot(...mounts: Mount[]): {root: 'empty'; mounts: Mount[]} {
  return {root: 'empty', mounts: [...programs(), ...mounts]};
}

/** A mount as mountinfo shows it inside. */
export interface SeenMount {
  point: string;
  options: string[];
  type: string;
  root: string;
  superOptions: string[];
}

/** Returns the mounts that a command sees. */
export async function mountsInside(options: SpawnOptions): Promise<SeenMount[]> {
  const text = await shell('cat /proc/self/mountinfo', options);
  return text.split('\n').map(line => {
    const fields = line.split(' ');
    const rest = fields.slice(fields.indexOf('-') + 1);
    return {
      root: fields[3]!,
      point: fields[4]!,
      options: fields[5]!.split(','),
      type: rest[0]!,
      superOptions: rest[2]!.split(','),
    };
  });
}

/** Returns the mount that is on top at a path inside. */
export async function mountAt(point: string, options: SpawnOptions): Promise<SeenMount | undefined> {
  return (await mountsInside(options)).findLast(mount => mount.point === point);
}
