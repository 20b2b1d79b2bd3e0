// An interactive shell beside a running service: in its namespaces, its directory and its environment, and at this terminal. When the shell
// ends, the service goes on. `namespawn enter -t PID -a -r -w -e` does the same at the command line. Works for root and for an ordinary user.
import {once} from 'node:events';
import {namespacesOf, spawnInNamespace} from 'namespawn';

const service = spawnInNamespace('sleep', ['infinity'], {
  namespaces: ['user', 'pid', 'mnt', 'net', 'uts', 'ipc'],
  uidMap: 'root',
  hostname: 'service',
  cwd: '/etc',
  env: {PATH: process.env.PATH, PS1: '[\\w beside the service]# ', SETTING: 'of the service'},
  stdio: 'ignore',
});
await once(service, 'spawn');
let isRunning = true;
service.once('exit', () => {
  isRunning = false;
});

// All namespaces of the service, and what it has beside them.
const namespaces = namespacesOf(service.hostPid);
const shell = spawnInNamespace('/bin/sh', ['-i'], {
  namespaces,
  join: {root: true, cwd: true, env: true},
  // The shell gets this terminal, with its job control, in a foreground process group of its own.
  stdio: 'inherit',
  newSession: false,
  foreground: true,
});
const [code] = await once(shell, 'close');
console.log(`the shell has ended with ${code}, and the service ${isRunning ? 'runs' : 'has ended'}`);

for (const handle of Object.values(namespaces)) handle.close();
service.killAll();
await once(service, 'close');
