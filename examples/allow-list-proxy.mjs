// A proxy with a list of allowed hosts, for a command in a net namespace that has no route to anywhere. The proxy is this program: it
// listens inside, by listenIn alone, and connects outside. Whatever the command does, the proxy is all that it can reach.
import {once} from 'node:events';
import http from 'node:http';
import net from 'node:net';
import {pipeline} from 'node:stream';
import {listenIn, openNamespace, spawnInNamespace} from 'namespawn';

// The web outside, for this example: a server that only this program can reach.
const web = http.createServer((request, response) => response.end(`the page ${request.url}`)).listen(0, '127.0.0.1');
await once(web, 'listening');
const {port} = web.address();
const allowed = new Set([`127.0.0.1:${port}`]);

const sleeper = spawnInNamespace('sleep', ['infinity'], {namespaces: ['user', 'net'], uidMap: 'root', stdio: 'ignore'});
await once(sleeper, 'spawn');
const namespaces = {user: openNamespace(sleeper, 'user'), net: openNamespace(sleeper, 'net')};
const proxy = listenIn(namespaces.net, {port: 3128, host: '127.0.0.1', server: http.createServer(forward)});
proxy.on('connect', tunnel);
await once(proxy, 'listening');

const script = `
  const http = require('node:http');
  const get = url => http.get({host: '127.0.0.1', port: 3128, path: url}, async response => {
    console.log(url.replace(/:\\d+/, ''), response.statusCode, (await response.setEncoding('utf8').toArray()).join(''));
  });
  get('http://127.0.0.1:${port}/allowed');
  get('http://secret.example/');
  require('node:net').connect(${port}, '127.0.0.1').on('error', ({code}) => console.log('directly', code));`;
const command = spawnInNamespace(process.execPath, ['-e', script], {namespaces, stdio: 'inherit'});
await once(command, 'close');
for (const handle of Object.values(namespaces)) handle.close();
for (const server of [proxy, web]) server.close();
sleeper.killAll();

// An http: request, which names the whole URL.
function forward(request, response) {
  const {host, pathname, search} = URL.canParse(request.url) ? new URL(request.url) : {};
  if (!allowed.has(host)) return response.writeHead(403).end('not allowed');
  const {method, headers} = request;
  const target = http.request(`http://${host}${pathname}${search}`, {method, headers: {...headers, host}}, answer => {
    response.writeHead(answer.statusCode, answer.headers);
    pipeline(answer, response, () => {});
  });
  target.on('error', () => response.writeHead(502).end());
  pipeline(request, target, () => {});
}

// An https: request, which asks for a connection: CONNECT host:port.
function tunnel(request, socket, head) {
  if (!allowed.has(request.url)) return socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  const {hostname, port} = new URL(`http://${request.url}`);
  const target = net.connect(Number(port) || 80, hostname, () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    target.write(head);
    pipeline(socket, target, socket, () => {});
  });
  target.on('error', () => socket.destroy());
}
