// A judge: runs programs that it does not trust, each in a folder of its own with one input, and looks at the file that each has left. Works
// for root and for an ordinary user.
import {runInNamespace} from 'namespawn';

const words = 'pear\nfig\napple\n';
const sorted = 'apple\nfig\npear\n';
const programs = {
  sorts: 'sort words.txt > sorted.txt',
  prints: 'sort words.txt',
  links: 'ln -s /etc/passwd sorted.txt',
  floods: 'truncate -s 1T sorted.txt',
  hangs: 'mkfifo sorted.txt; cat sorted.txt',
};

for (const [name, program] of Object.entries(programs)) console.log(`${name}: ${await judge(program)}`);

async function judge(program) {
  // The folder is a tmpfs that only the program sees, and that ends with it.
  const script = 'mount -t tmpfs -o size=16m none /tmp && cd /tmp && cat > words.txt && eval "$0"';
  const result = await runInNamespace('sh', ['-c', script, program], {
    namespaces: ['pid', 'mnt', 'user', 'net', 'ipc'],
    uidMap: 'root',
    input: words,
    timeout: 2000,
    killSignal: 'SIGKILL',
    reject: false,
    collect: {patterns: ['/tmp/sorted.txt'], maxSize: 1_000_000},
  });
  if (result.timedOut) return 'wrong: it took too long';
  if (result.failed) return `wrong: ${result.shortMessage}`;
  const [left] = result.filesLeftOut;
  if (left !== undefined) return `wrong: sorted.txt is left out (${left.code})`;
  const file = result.files.get('/tmp/sorted.txt');
  if (file === undefined) return 'wrong: no file sorted.txt';
  return String(file.content) === sorted ? 'right, and made sorted.txt' : 'wrong: other words';
}
