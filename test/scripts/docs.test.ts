// The generated pages are up to date.
import {execFileSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const page of ['api', 'errors', 'differences']) {
  test(`docs/${page}.md is up to date`, () => {
    // The error of the script says which script to run.
    execFileSync(process.execPath, [`scripts/${page}.mjs`, '--check'], {cwd: root, stdio: ['ignore', 'pipe', 'pipe']});
  });
}
