// Measures what a filter adds to a spawn, with Docker's default profile and others, and how long the kernel takes to install it.
// usage: node bench/seccomp.mjs [ROUNDS]
import {execFileSync, spawn} from 'node:child_process';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {compileSeccomp, runInNamespace, spawnInNamespace} from 'namespawn';
import {buildTrue, measure, tenth} from './measure.mjs';

const rounds = Number(process.argv[2] ?? 1000);
const command = buildTrue();
const stdio = 'ignore';
const docker = JSON.parse(readFileSync(new URL('../test/data/seccomp/docker.json', import.meta.url), 'utf8'));
const program = compileSeccomp(docker);
const killing = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['ptrace'], action: 'SCMP_ACT_KILL_PROCESS'}]};
const notifying = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['ptrace'], action: 'SCMP_ACT_NOTIFY'}]};
const onSyscall = () => ({errno: 'EPERM'});

const variants = {
  'child_process.spawn': () => spawn(command, {stdio}),
  'spawnInNamespace, without a filter': () => spawnInNamespace(command, {stdio}),
  // The plan of a command with an option is not one that was written before.
  'another option': () => spawnInNamespace(command, {stdio, umask: 0o22}),
  "'default'": () => spawnInNamespace(command, {stdio, seccomp: 'default'}),
  "Docker's, compiled": () => spawnInNamespace(command, {stdio, seccomp: program}),
  "Docker's, as the same object": () => spawnInNamespace(command, {stdio, seccomp: docker}),
  "Docker's, as a new object": () => spawnInNamespace(command, {stdio, seccomp: {...docker}}),
  'a small one that kills': () => spawnInNamespace(command, {stdio, seccomp: killing}),
  'the same, reportForbidden': () => spawnInNamespace(command, {stdio, seccomp: killing, reportForbidden: true}),
  'a small one with onSyscall': () => spawnInNamespace(command, {stdio, seccomp: notifying, onSyscall}),
};
const results = await measure(variants, rounds, {blocks: 20, summary: tenth});
const plain = results['child_process.spawn'];
const bare = results['another option'];
console.log(`10th percentiles of ${rounds}, in microseconds; ratios are to child_process.spawn`);
console.table(
  Object.fromEntries(
    Object.entries(results).map(([name, {exit, stall}]) => [
      name,
      {
        'spawn to exit': Math.round(exit),
        'more than another option, as a ratio': ((exit - bare.exit) / plain.exit).toFixed(3),
        'loop held': Math.round(stall),
      },
    ]),
  ),
);

/** Microseconds between a call and its result, by a shell that makes it in a loop. */
async function roundTrip() {
  const seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['umask'], action: 'SCMP_ACT_NOTIFY'}]};
  const times = [];
  let last;
  const decide = () => {
    const now = process.hrtime.bigint();
    if (last !== undefined) times.push(Number(now - last) / 1000);
    last = now;
    return {value: 0};
  };
  const script = 'i=0; while [ $i -lt 5000 ]; do umask 0; i=$((i+1)); done';
  await runInNamespace('sh', ['-c', script], {seccomp, onSyscall: decide, stdio});
  return tenth(times);
}

/** Microseconds that seccomp(2) takes for a program. */
function installation(program) {
  const folder = path.dirname(command);
  const installer = path.join(folder, 'install-filter');
  const file = path.join(folder, 'filter');
  const source = fileURLToPath(new URL('install-filter.c', import.meta.url));
  execFileSync('cc', ['-O2', '-static', '-o', installer, source]);
  writeFileSync(file, program);
  return tenth(execFileSync(installer, [file, '500'], {encoding: 'utf8'}).trim().split('\n').map(Number));
}

for (const [name, compiled] of Object.entries({"Docker's": program, "'default'": compileSeccomp('default')})) {
  console.log(
    `seccomp(2) for ${name} profile, ${compiled.length / 8} instructions: ${installation(compiled).toFixed(0)} us`,
  );
}
console.log(`one call and its result by onSyscall: ${(await roundTrip()).toFixed(0)} us`);
