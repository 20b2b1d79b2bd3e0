// For bench/spawn.mjs: a Node with a namespace of daemonised processes. Prints nsinit's and the command's PIDs.
import {once} from 'node:events';
import {spawnInNamespace} from 'namespawn';

const child = spawnInNamespace('sh', ['-c', 'for i in 1 2 3; do setsid sleep 1000 & done; echo; wait'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
await Promise.all([once(child, 'spawn'), once(child.stdout, 'data')]);
console.log(`${child.pid} ${child.hostPid}`);
