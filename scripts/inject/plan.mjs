// The faults of a scenario: each of its calls, with each errno.
import {errnoNumber, errnosOf, refused} from './errnos.mjs';

// Calls that wait or send messages. They are refused from the n-th call on, for each n. All other calls are refused from the first one on.
const refusedAtEach = new Set(
  'ppoll pselect6 poll epoll_wait epoll_pwait wait4 waitid rt_sigprocmask sendmsg recvmsg epoll_ctl pidfd_send_signal'.split(
    ' ',
  ),
);
const lasting = {sendmsg: ['ENOBUFS'], recvmsg: ['ENOMEM']};

// Errnos that claim that a process has ended, or that a file has another format. If the claim is false, a program cannot react correctly:
// it cannot reap a child that was reaped already, or send to a Node that does not read. Kill rounds test these errnos.
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

/** Returns the faults for the calls of a few runs without faults. Each call is [role, call, ordinal, ...]. */
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
