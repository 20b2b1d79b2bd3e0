// Two web servers on port 80, each in a net namespace of its own, and one program that serves both and fetches from both. No process of the
// program leaves its own net namespace. Works for root and for an ordinary user.
import {once} from 'node:events';
import http from 'node:http';
import {connectIn, listenIn, openNamespace, spawnInNamespace} from 'namespawn';
import {Agent, fetch} from 'undici';

const blue = await serve('blue');
const green = await serve('green');
for (const {name, net} of [blue, green]) {
  // undici makes a connection by a function like this one, and so does fetch().
  const dispatcher = new Agent({
    connect({hostname, port}, back) {
      const socket = connectIn(net, {host: hostname, port: Number(port) || 80});
      socket.once('connect', () => back(null, socket)).once('error', back);
    },
  });
  const response = await fetch('http://127.0.0.1/', {dispatcher});
  console.log(`${name}: ${await response.text()}`);
  await dispatcher.close();
}

// http.Agent has a method for it.
class NamespaceAgent extends http.Agent {
  constructor(net, options) {
    super(options);
    this.net = net;
  }

  createConnection({host, port}) {
    return connectIn(this.net, {host, port});
  }
}
const agent = new NamespaceAgent(blue.net);
const [response] = await once(http.get({host: '127.0.0.1', agent}), 'response');
console.log(`by http.Agent: ${(await response.setEncoding('utf8').toArray()).join('')}`);

for (const {server, net, owner} of [blue, green]) {
  server.close();
  net.close();
  owner.killAll();
}

async function serve(name) {
  // A process that owns the namespace for as long as it is needed.
  const owner = spawnInNamespace('sleep', ['infinity'], {namespaces: ['net'], stdio: 'ignore'});
  await once(owner, 'spawn');
  const net = openNamespace(owner, 'net');
  const server = listenIn(net, {
    port: 80,
    server: http.createServer((_, answer) => answer.end(`hello from ${name}`)),
  });
  await once(server, 'listening');
  return {name, owner, net, server};
}
