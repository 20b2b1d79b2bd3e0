// Starts a shell with two children in a new PID and a new mount namespace, and prints the processes as seen from inside and from outside.
import {readdirSync, readFileSync} from 'node:fs';
import {text} from 'node:stream/consumers';
import {spawnInNamespace} from 'namespawn';

// The sleeps have no pipe open, and the shell closes its own, so that the output ends while all of them still run. The short sleep is for
// busy machines: a child of the shell is listed as the shell until it has executed sleep.
const script = 'sleep 1000 >&- & sleep 1000 >&- & sleep 0.3; ps -ef; exec >&-; read -r line';
const shell = spawnInNamespace('sh', ['-c', script], {namespaces: ['pid', 'mnt'], stdio: ['pipe', 'pipe', 'inherit']});

console.log(`Inside, "ps -ef" sees only its own:\n\n${await text(shell.stdout)}`);

console.log('Outside, the same processes have other PIDs:\n');
console.log(`${'COMMAND'.padEnd(12)}${'PID OUTSIDE'.padStart(11)}${'PID INSIDE'.padStart(12)}`);
for (const {name, outside, inside} of familyOf(shell.pid)) {
  console.log(`${name.padEnd(12)}${outside.toString().padStart(11)}${inside.toString().padStart(12)}`);
}

shell.stdin.end('\n');
shell.on('close', code => console.log(`\nThe shell has ended with exit code ${code}, and nothing of it is left.`));

/** A process and all its descendants, with their PIDs here and in their own PID namespace. */
function familyOf(ancestor) {
  const all = readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .map(readProcess)
    .filter(found => found !== undefined)
    .sort((a, b) => a.outside - b.outside);
  const family = new Set([ancestor]);
  // PIDs may have wrapped around, so the search continues until it finds no more children.
  for (let size = 0; size < family.size; ) {
    size = family.size;
    for (const {outside, parent} of all) if (family.has(parent)) family.add(outside);
  }
  return all.filter(({outside}) => family.has(outside)).sort((a, b) => a.inside - b.inside);
}

function readProcess(pid) {
  let status;
  try {
    status = readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return undefined; // It has ended since /proc was read.
  }
  const field = name => status.match(new RegExp(`^${name}:\\t(.*)`, 'm'))[1];
  // One PID for each PID namespace of the process, the outermost first.
  const inside = Number(field('NSpid').split('\t').at(-1));
  return {name: field('Name'), outside: Number(pid), inside, parent: Number(field('PPid'))};
}
