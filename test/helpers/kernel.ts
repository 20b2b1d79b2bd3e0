// Skips tests on kernels that lack a feature: test(name, {skip: kernelLacks('PIDFD_GET_INFO')}, ...).
import os from 'node:os';

/** The first release of Linux that has each feature. */
const SINCE = {
  Landlock: '5.13',
  'settings of an ipc namespace for its root': '5.19',
  'truncation in Landlock': '6.2',
  F_SEAL_EXEC: '6.3',
  'vm.memfd_noexec': '6.3',
  SO_PASSPIDFD: '6.5',
  'TCP ports in Landlock': '6.7',
  'ioctls of devices in Landlock': '6.10',
  NS_GET_PID_FROM_PIDNS: '6.11',
  PIDFD_GET_PID_NAMESPACE: '6.11',
  'scopes in Landlock': '6.12',
  PIDFD_GET_INFO: '6.13',
  'pid_max of a namespace': '6.14',
  PIDFD_INFO_EXIT: '6.15',
  'the log of Landlock': '6.15',
  NS_GET_ID: '6.18',
  listns: '6.19',
} as const;

export type KernelFeature = keyof typeof SINCE;

/** Returns why a test that needs the feature is skipped here, or false. scripts/test-vm.mjs matches this text. */
export function kernelLacks(feature: KernelFeature, release: string = os.release()): string | false {
  const [major = 0, minor = 0] = numbers(release);
  const [sinceMajor = 0, sinceMinor = 0] = numbers(SINCE[feature]);
  const has = major > sinceMajor || (major === sinceMajor && minor >= sinceMinor);
  return has ? false : `the kernel lacks ${feature} (Linux ${SINCE[feature]})`;
}

function numbers(release: string): number[] {
  return release.split(/[.-]/).map(Number);
}
