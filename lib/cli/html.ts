// Writes an HTML page that draws the namespaces of the machine. The page is a single file and loads nothing from the network.
import {hostname} from 'node:os';
import type {NamespaceNode, NamespaceTree} from '../inspect/tree.js';
import {pageScript} from './html-script.js';
import {pageStyle} from './html-style.js';
import {machineNamespaces} from './machine.js';

/** Returns the page for a tree of namespaces. */
export function htmlPage(tree: NamespaceTree, date = new Date()): string {
  const data = {
    host: hostname(),
    date: `${date.toISOString().slice(0, 19)}Z`,
    machine: machineNamespaces(tree),
    pid: tree.pid.map(slim),
    user: tree.user.map(slim),
  };
  // Escaped, because the command line of a process could otherwise end the script element.
  const json = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, escapeCharacter);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Namespaces</title>
<style>${pageStyle}</style>
<header>
  <h1>Namespaces <small id="where"></small></h1>
  <div class="tools" role="search">
    <input id="search" type="search" placeholder="Search: a PID, a user, a command, an id ..." aria-label="Search">
    <label><input id="kernel" type="checkbox"> kernel threads</label>
    <button id="unfold" type="button">Unfold all</button>
    <button id="fold" type="button">Fold all</button>
    <output id="matches"></output>
  </div>
</header>
<main>
  <section aria-labelledby="processes"><h2 id="processes">Processes, by PID namespace</h2><div id="pid"></div></section>
  <section aria-labelledby="owners"><h2 id="owners">User namespaces, and what they own</h2><div id="user"></div></section>
</main>
<script type="application/json" id="data">${json}</script>
<script>${pageScript}</script>
</html>
`;
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

// Reduces a namespace to what the page shows. Each process is on the page once, in its PID namespace.
function slim({members, children, owned, ...info}: NamespaceNode): object {
  const {type, id, processes, pid, command, user, parent, owner, ownerUid, mounts, references} = info;
  return {
    ...{type, id, processes, pid, command, user, parent, owner, ownerUid, mounts, references},
    members:
      type !== 'pid'
        ? []
        : members.map(({pid, pids, user, namespaceUid, command, namespaces, readable}) => ({
            ...{pid, pids, user, namespaceUid, command, namespaces, readable},
          })),
    children: children.map(slim),
    // An owned PID namespace is listed here without its processes, which the hierarchy of PID namespaces shows.
    owned: owned.map(node => slim({...node, members: [], children: []})),
  };
}
