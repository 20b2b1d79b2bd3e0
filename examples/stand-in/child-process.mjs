// node:child_process, but for spawn.
export * from 'node:child_process';
export {spawnInNamespace as spawn} from 'namespawn';
