// probe(): tries which namespaces work on this machine.
import os from 'node:os';
import {hasSeccompFilter, isAdministrator} from '../shared/facts.js';
import {native} from '../shared/native.js';
import {attemptCombinations, attemptTypes, attemptUntrusted} from './attempts.js';
import {tryFeatures} from './features.js';
import type {ProbeReport} from './report.js';

export type {ProbeCaller, ProbeReport, ProbeResult} from './report.js';

/**
 * Reports which namespaces the current user can create on this machine. For those that do not work, the report contains the cause and what
 * to do about it. probe() creates each type of namespace and each usual combination with spawnInNamespace, and leaves nothing behind.
 * It takes some tens of milliseconds.
 *
 * Privilege: none. The report depends on the caller's privilege.
 *
 * @returns a promise of the report. A namespace that cannot be created is part of the report and does not reject the promise
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM (as a rejection) on other systems than Linux
 * @see namespaces(7)
 */
export async function probe(): Promise<ProbeReport> {
  // Throws on other systems than Linux.
  native();
  const namespaces = await attemptTypes();
  const combinations = await attemptCombinations();
  return {
    kernel: os.release(),
    architecture: process.arch,
    node: process.version,
    caller: {
      uid: process.geteuid!(),
      gid: process.getegid!(),
      isPrivileged: isAdministrator(),
      hasSeccompFilter: hasSeccompFilter(),
    },
    works: combinations[0]!.works,
    namespaces,
    combinations,
    untrusted: await attemptUntrusted(),
    features: tryFeatures(),
  };
}
