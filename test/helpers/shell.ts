// Runs shell scripts in namespaces.
import {runInNamespace, type SpawnOptions} from 'namespawn';

/** Runs a script to its end, and returns its output without the last line feed. */
export async function shell(script: string, options: SpawnOptions): Promise<string> {
  return (await runInNamespace('sh', ['-c', script], options)).stdout.trimEnd();
}
