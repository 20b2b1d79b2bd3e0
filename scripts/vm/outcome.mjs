// Determines how a run in a VM has ended, from its output. The reasons are printed, and the status becomes the exit status.

// 124 is the status of timeout(1), and 125 that of docker run for failures that are not the command's own.
const TIME_LIMIT = 124;
const VM_FAILED = 125;

const PANIC = /Kernel panic - not syncing: .*/;
// The kernel's message if the whole machine is out of memory. A test may reach the limit of a single cgroup on purpose.
const OUT_OF_MEMORY = /(?<!cgroup )[Oo]ut of memory(?: \(oom_kill_allocating_task\))?: Killed process \d+ \([^)]*\)/;
const CGROUP_OUT_OF_MEMORY = /Memory cgroup out of memory: Killed process \d+ \([^)]*\)/;

/**
 * @param {object} seen
 * @param {string[]} seen.commands the names of the commands
 * @param {string[]} seen.results the lines of the result port
 * @param {string[]} seen.console
 * @param {{timedOut: boolean, exitCode: number | null, signal: string | null, complaint: string}} seen.machine
 * @param {number} seen.timeoutMs
 * @param {boolean} [seen.nothingLeft] whether a process that a command leaves running is a failure
 * @returns {{status: number, reasons: string[], showConsole: boolean}} without reasons, the run was successful
 */
export function judge({commands, results, console: lines, machine, timeoutMs, nothingLeft = false}) {
  const ended = new Map();
  let running;
  for (const line of results) {
    const [, name] = line.match(/^begin (.*)/) ?? [];
    if (name !== undefined) running = name;
    const [, status, endedName] = line.match(/^end (\d+) (.*)/) ?? [];
    if (status === undefined) continue;
    ended.set(endedName, Number(status));
    running = undefined;
  }
  const during = running === undefined ? '' : ` while "${running}" ran`;
  const first = pattern => lines.map(line => line.match(pattern)?.[0]).find(found => found !== undefined);
  const panic = first(PANIC);
  const outOfMemory = first(OUT_OF_MEMORY);
  const failed = [...ended].filter(([, status]) => status !== 0);

  const reasons = [];
  const vmReasons = [];
  if (panic !== undefined) vmReasons.push(`the VM's kernel panicked${during}: ${panic}`);
  if (outOfMemory !== undefined) vmReasons.push(`the VM ran out of memory (see --memory): ${outOfMemory}`);
  if (machine.timedOut)
    reasons.push(
      `the time limit of ${timeoutMs / 1000} s passed${during || (results.length === 0 ? ' before the VM was up' : '')}`,
    );
  else if (panic === undefined && results.at(-1) !== 'done') {
    const how = machine.complaint || `exit ${machine.signal ?? machine.exitCode}`;
    const before = results.length === 0 ? 'it was up' : 'its commands did';
    vmReasons.push(`the VM ended before ${before}${during} (${how})`);
  }
  for (const [name, status] of failed) reasons.push(`"${name}" ${inWords(status)}`);
  const left = nothingLeft ? results.filter(line => line.startsWith('left ')) : [];
  if (left.length > 0) reasons.push(`${left.length} processes were left running`);
  const inCgroup = first(CGROUP_OUT_OF_MEMORY);
  if (failed.length > 0 && inCgroup !== undefined)
    reasons.push(`perhaps since a cgroup's limit was reached: ${inCgroup}`);

  const status =
    vmReasons.length > 0 ? VM_FAILED : machine.timedOut ? TIME_LIMIT : (failed[0]?.[1] ?? Number(left.length > 0));
  const neverRan = commands.filter(name => !ended.has(name) && name !== running);
  if (status !== 0 && neverRan.length > 0) reasons.push(`never run: ${neverRan.map(name => `"${name}"`).join(', ')}`);
  // If the command itself has failed, the console contains nothing about it.
  return {status, reasons: [...vmReasons, ...reasons], showConsole: vmReasons.length > 0 || machine.timedOut};
}

function inWords(status) {
  return status > 128
    ? `was ended by signal ${status - 128} (exit status ${status})`
    : `failed with exit status ${status}`;
}
