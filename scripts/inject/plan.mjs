// Determines what fails in a scenario: each of its calls in turn, with each errno.
import {errnoNumber, errnosOf, refused} from './errnos.mjs';

// Calls that wait or report fail from the n-th one on, for each n. All others fail from the first one on.
const refusedAtEach = new Set(
  'ppoll pselect6 poll epoll_wait epoll_pwait wait4 waitid rt_sigprocmask sendmsg recvmsg epoll_ctl pidfd_send_signal'.split(
    ' ',
  ),
);
const lasting = {sendmsg: ['ENOBUFS'], recvmsg: ['ENOMEM']};

// The kernel returns these errnos if a process has ended, or if a file is of another kind. If that is not true, the kernel has lied, which
// cannot be handled: a child that cannot be reaped a second time, a Node that does not read. scripts/kill-rounds.mjs covers the true cases.
const untrue = {
  wait4: ['ECHILD'],
  waitid: ['ECHILD'],
  sendmsg: ['EPIPE', 'ECONNRESET', 'ENOTCONN'],
  pidfd_send_signal: ['ESRCH'],
  kill: ['ESRCH'],
  tgkill: ['ESRCH'],
  execve: ['ENOEXEC'],
};

function errnosAt({call}) {
  return errnosOf(call).filter(name => !untrue[call]?.includes(name));
}

/** Returns the faults, from the calls of a few undisturbed runs. Each is [role, call, ordinal, ...]. */
export function faultsOf(scenario, times) {
  const sites = new Map();
  for (const calls of times) {
    for (const [role, call, ordinal, first, second, ...file] of calls) {
      const site = {scenario, role, call, ordinal: Number(ordinal), first, second, file: file.join(' ')};
      sites.set(`${role} ${call} ${ordinal}`, site);
    }
  }
  const faults = [];
  const add = (site, mode, name) =>
    faults.push({...site, mode, name, line: `${mode} ${site.role} ${site.call} ${site.ordinal} ${errnoNumber(name)}`});
  for (const site of sites.values()) {
    const names = errnosAt(site);
    for (const name of names) add(site, 'once', name);
    if (site.ordinal > 1 && !refusedAtEach.has(site.call)) continue;
    for (const name of refused) add(site, 'forever', name);
    if (site.ordinal === 1) for (const name of lasting[site.call] ?? []) add(site, 'forever', name);
  }
  return faults;
}

export function describeFault({scenario, role, call, ordinal, first, second, file, mode, name}) {
  const what = mode === 'once' ? `call ${ordinal}` : `from call ${ordinal} on`;
  return `${scenario}: ${role} ${call}(${first}, ${second}${file ? `; ${file}` : ''}) ${what}: ${name}`;
}
