// Two net namespaces and a cable between them (veth(4)), as an integration test sets them up for a server and its client: real interfaces,
// addresses and routes, without touching those of the machine. Works for root and for an ordinary user. Needs iproute2.
import {once} from 'node:events';
import {runInNamespace, spawnInNamespace} from 'namespawn';

const serverProgram = `
  require('node:http').createServer((request, answer) => answer.end('hello ' + request.socket.remoteAddress))
    .listen(80, '10.11.12.2', () => console.log('ready'));`;
const clientProgram = patience => `
  fetch('http://10.11.12.2/', {signal: AbortSignal.timeout(${patience})}).then(answer => answer.text()).then(console.log);`;

// Each side is held by a process. Root of one user namespace owns both, since a cable needs rights at both of its ends.
const client = spawnInNamespace('sleep', ['infinity'], {namespaces: ['user', 'net'], uidMap: 'root', stdio: 'ignore'});
await once(client, 'spawn');
const server = spawnInNamespace('sleep', ['infinity'], {namespaces: {user: client, net: 'new'}, stdio: 'ignore'});
await once(server, 'spawn');
const inside = (side, ...command) =>
  runInNamespace(command[0], command.slice(1), {namespaces: {user: side, net: side}});
const ip = (side, line) => inside(side, 'ip', ...line.split(' '));

await ip(client, `link add cable type veth peer name cable netns ${server.hostPid}`);
for (const [side, address] of [
  [client, '10.11.12.1/24'],
  [server, '10.11.12.2/24'],
]) {
  await ip(side, `address add ${address} dev cable`);
  await ip(side, 'link set cable up');
}

const web = spawnInNamespace(process.execPath, ['-e', serverProgram], {
  namespaces: {user: server, net: server},
  stdio: ['ignore', 'pipe', 'inherit'],
});
await once(web.stdout, 'data');
const {stdout} = await inside(client, process.execPath, '-e', clientProgram(30_000));
console.log(stdout.trim());

// What a test of time-outs wants to see: the cable is pulled out.
await ip(server, 'link set cable down');
const {exitCode} = await runInNamespace(process.execPath, ['-e', clientProgram(500)], {
  namespaces: {user: client, net: client},
  reject: false,
});
console.log(exitCode === 0 ? 'still connected' : 'nothing comes through');

// Interfaces end with their namespaces.
for (const process of [web, server, client]) {
  process.killAll();
  await once(process, 'close');
}
