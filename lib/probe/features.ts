// Features of the kernel that this package uses, and what happens without each.
import {errnoName} from '../shared/errno.js';
import {hasNamespaceType, hasSeccompFilter} from '../shared/facts.js';
import {ENOENT} from '../shared/kernel.js';
import {native} from '../shared/native.js';
import type {ProbeResult} from './report.js';

interface Feature {
  /** The first version of Linux that has the feature. */
  since: string;
  /** What happens where the feature is missing, as the end of the sentence "without it ...". */
  without: string;
}

const features: Record<string, Feature> = {
  clone3: {since: '5.3', without: 'clone is used instead, and what only clone3 can do is refused'},
  CLONE_INTO_CGROUP: {since: '5.7', without: 'a command cannot start in a cgroup, but is moved there'},
  close_range: {since: '5.11', without: 'nothing can be started: it is needed'},
  pidfd_open: {since: '5.3', without: 'processes cannot be waited for by namespawn/sys'},
  PIDFD_GET_INFO: {since: '6.13', without: '/proc is read instead, which takes ten times as long'},
  NS_GET_PID_IN_PIDNS: {since: '6.11', without: 'PIDs are translated by reading /proc, which takes ten times as long'},
  NS_GET_ID: {since: '6.18', without: 'namespaces are known by their inode numbers alone'},
  listns: {since: '6.19', without: 'namespaces are listed by reading /proc, and those without a process are not found'},
  MFD_EXEC: {since: '3.17', without: 'nsinit is executed from the file beside the addon'},
  F_SEAL_EXEC: {since: '6.3', without: 'a command that is root can make /proc/1/exe not executable'},
  'time namespaces': {since: '5.6', without: "'time' among the namespaces is refused"},
};

const refusals: Record<string, string> = {
  EPERM: 'it is refused',
  EACCES: 'it is refused',
};

/** Tries each feature. */
export function tryFeatures(): ProbeResult[] {
  const errors: Record<string, number> = {...native().tryFeatures()};
  errors['time namespaces'] = hasNamespaceType('time') ? 0 : ENOENT;
  return Object.entries(features).map(([name, {since, without}]) => {
    const errno = errors[name] ?? 0;
    if (errno === 0) return {name, works: true};
    const code = errnoName(errno);
    const cause = refusals[code] ?? `it is of Linux ${since}`;
    const filter = hasSeccompFilter() ? ', or a seccomp filter hides it' : '';
    return {name, works: false, code, errno, why: `${cause}${filter}`, advice: `without it ${without}`};
  });
}
