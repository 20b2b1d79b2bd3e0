// Three nested PID namespaces. In each this program starts itself again, one deeper. The innermost process has a PID in each of them, and
// the outermost program, which sees them all, translates from one to the next.
import {once} from 'node:events';
import {forkInNamespace, getNamespacePids, toHostPid} from 'namespawn';

const depth = 3;
const level = Number(process.argv[2] ?? 0);
let child;
if (level < depth) {
  child = forkInNamespace(new URL(import.meta.url), [String(level + 1)], {namespaces: ['pid', 'mnt', 'user']});
  const [message] = await once(child, 'message');
  if (level === 0) {
    report(message);
  } else {
    process.send({...message, [level + 1]: child.hostPid});
    // What is inside stays until the outermost program has reported it.
    await once(process, 'disconnect');
  }
  child.disconnect();
  await once(child, 'close');
} else {
  // The PID of the innermost process is for the one that has started it to say.
  process.send({});
  await once(process, 'disconnect');
}

// Each level has named the process that it has started, by the PID in its own namespace.
function report(message) {
  let pid = child.hostPid;
  for (let at = 2; at <= depth; at++) pid = toHostPid(message[at], pid);
  const pids = getNamespacePids(pid);
  console.log(`the innermost process is ${pids.join(' > ')}`);
  console.log(pids[0] === pid && pids.length === depth + 1 ? 'it has a PID in each namespace' : 'something is wrong');
}
