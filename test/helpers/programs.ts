// The C programs of test/programs, which scripts/test-programs.sh builds.
import {fileURLToPath} from 'node:url';

/** Returns the path of a program that was built for the tests. */
export function testProgram(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}
