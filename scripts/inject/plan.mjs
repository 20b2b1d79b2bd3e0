// What is to fail in a scenario: each of its calls in turn, with each errno.
import {errnoNumber, errnosOf, refused} from './errnos.mjs';

// Those that wait, and those that tell: from the n-th on, each n. Of all others from the first on.
const refusedAtEach = new Set(
  'ppoll pselect6 poll epoll_wait epoll_pwait wait4 waitid rt_sigprocmask sendmsg recvmsg epoll_ctl pidfd_send_signal'.split(' '),
);
const lasting = {sendmsg: ['ENOBUFS'], recvmsg: ['ENOMEM']};

/** An errno that the call cannot answer, whatever its page says. */
function errnosAt({role, call, file}) {
  // libuv ends Node where it cannot wake its loop, but for this one.
  if (role !== 'nsinit' && call === 'write' && file === 'anon_inode:[eventfd]') return ['EAGAIN'];
  return errnosOf(call);
}

/** The faults, from the calls of a few undisturbed times: [role, call, ordinal, ...] each. */
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
    if (names.length === 1) continue;
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
