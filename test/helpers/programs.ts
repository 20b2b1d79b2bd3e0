// The C programs of test/programs, as scripts/test-programs.sh builds them.
import {fileURLToPath} from 'node:url';

/** The path of a program that was built for the tests. */
export function testProgram(name: string): string {
  return fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
}
