// Prints how a run has ended, and stores the result and the console in files.
import {mkdirSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const LINES_SHOWN = 40;

/** @param {{write: (text: string) => void}} [stream] */
export function say(line, stream = process.stderr) {
  stream.write(`vm: ${line}\n`);
}

/**
 * @param {{reasons: string[], showConsole: boolean}} outcome
 * @param {string[]} console_
 * @param {{write: (text: string) => void}} stream
 */
export function report({reasons, showConsole}, console_, stream) {
  if (showConsole) {
    const lines = console_.filter(line => line.trim() !== '');
    say(lines.length === 0 ? 'the console shows nothing' : "the console's last lines:", stream);
    for (const line of lastLines(lines)) stream.write(`  | ${line}\n`);
  }
  for (const reason of reasons) say(`FAILED: ${reason}`, stream);
}

/** Returns the last lines of the console. If there was a panic, it returns all lines from the panic on, because traces differ in length. */
function lastLines(lines) {
  const panic = lines.findIndex(line => line.includes('Kernel panic'));
  return lines.slice(panic < 0 ? -LINES_SHOWN : Math.min(panic, Math.max(0, lines.length - LINES_SHOWN)));
}

/** Writes NAME.json and NAME.console.txt, and overwrites those of an earlier run. */
export function saveResult(folder, name, {kernel, accel, outcome, results, console: lines}) {
  mkdirSync(folder, {recursive: true});
  const {status, reasons} = outcome;
  const result = {kernel: kernel.name, release: kernel.release, accel, status, reasons, results};
  const file = path.join(folder, name);
  writeFileSync(`${file}.json`, `${JSON.stringify(result, undefined, 2)}\n`);
  writeFileSync(`${file}.console.txt`, lines.map(line => `${line}\n`).join(''));
}
