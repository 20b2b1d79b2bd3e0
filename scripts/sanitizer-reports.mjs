// Prints what the sanitizers reported in scripts/sanitize.sh's run, and fails where it is this project's: sanitizer-reports.mjs FOLDER
// LeakSanitizer looks at each process when it ends. A Node that ends by process.exit() does not free V8's objects, and with them all that
// they hold of the addon. So leaks count where V8 has left nothing, and all count then. Where a thread could not be stopped it warns that
// it may be wrong.
import {readdirSync, readFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const [folder] = process.argv.slice(2);
const isOfAddon = text => text.includes('/src-native/');
let reports = 0;
let findings = 0;

for (const name of readdirSync(folder)) {
  reports++;
  const report = readFileSync(path.join(folder, name), 'utf8');
  // Nothing but the suppressions that were used.
  if (!/error/i.test(report)) continue;
  if (!/runtime error:|ERROR: AddressSanitizer|fatal error/.test(report)) {
    const leaks = report.split('\n\n').filter(text => /^(Direct|Indirect) leak of /.test(text));
    if (report.includes('False leaks are possible') || !leaks.every(isOfAddon)) continue;
  }
  findings++;
  console.error(report);
}
console.log(`${findings} findings in the addon; ${reports - findings} reports of what Node does not free when it ends`);
if (findings > 0) process.exitCode = 1;
