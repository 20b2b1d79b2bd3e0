// A reporter in a PID namespace sends the PIDs of its children to a service outside. The reporter uses the PIDs that it knows, and the
// kernel translates them for the service.
import {spawn} from 'node:child_process';
import process from 'node:process';
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads';
import {close, receiveCredentials, sendCredentials, setPassCredentials, socketpair} from 'namespawn/sys';

if (process.argv[2] === 'report') report();
else if (isMainThread) serve();
else receive(workerData);

// The reporter, which is PID 1 of the namespace. It may send PIDs of other processes because it has CAP_SYS_ADMIN there.
function report() {
  const socket = 3;
  const children = [1, 2, 3].map(() => spawn('sleep', ['60'], {stdio: 'ignore'}));
  for (const {pid} of children) sendCredentials(socket, {pid}, `child ${pid}`);
  for (const child of children) child.kill();
}

// The service outside. A worker thread waits for messages, so that the event loop is not blocked.
function serve() {
  const [ours, theirs] = socketpair('seqpacket');
  setPassCredentials(ours);
  const rootless = process.geteuid() === 0 ? [] : ['--user', '--map-root-user'];
  const command = [...rootless, '--pid', '--fork', process.execPath, process.argv[1], 'report'];
  spawn('unshare', command, {stdio: ['ignore', 'inherit', 'inherit', theirs]});
  close(theirs);
  const receiver = new Worker(new URL(import.meta.url), {workerData: ours});
  receiver.on('message', ({name, pid}) => console.log(`${name} is process ${pid} here`));
  receiver.on('exit', () => close(ours));
}

function receive(socket) {
  for (;;) {
    const {pid, data} = receiveCredentials(socket);
    if (data.length === 0) break;
    parentPort.postMessage({name: data.toString(), pid});
  }
}
