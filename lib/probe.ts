// probe(): what works here, tried for real.
import os from 'node:os';
import {hasSeccompFilter, isAdministrator} from './facts.js';
import {native} from './native.js';
import {attemptCombinations, attemptTypes} from './probe/attempts.js';
import {tryFeatures} from './probe/features.js';
import type {ProbeReport} from './probe/report.js';

export type {ProbeCaller, ProbeReport, ProbeResult} from './probe/report.js';

/**
 * Tells what works on this machine for this user, and where something does not, why and what to do. Each type of namespace and each
 * combination is made for real, by spawnInNamespace; nothing of it stays. It takes some tens of milliseconds.
 *
 * Privilege: none; it is what it reports on.
 *
 * @returns a promise of the report; it rejects only for want of Linux
 * @throws ERR_FEATURE_UNAVAILABLE_ON_PLATFORM elsewhere than on Linux
 */
export async function probe(): Promise<ProbeReport> {
  // Throws elsewhere than on Linux.
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
    features: tryFeatures(),
  };
}
