// Prints the reports of the sanitizers from a run of scripts/sanitize.sh, and fails if one concerns this project:
// sanitizer-reports.mjs FOLDER
// LeakSanitizer checks each process when it ends. A Node that ends by process.exit() does not free V8's objects, nor the memory of the addon
// that they refer to. Leaks therefore count only if V8 has leaked nothing, and then all of them count. If LeakSanitizer could not stop a
// thread, it warns that its report may be wrong.
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
  // The report contains only the suppressions that were used.
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
