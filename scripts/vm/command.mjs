// Writes the script by which the init of the VM runs a command.
import {TESTER} from './initramfs.mjs';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/usr/lib/busybox';

/**
 * @typedef {object} Command
 * @property {string} name the name of the command in messages
 * @property {string[]} argv
 * @property {'root' | 'tester'} [user] default: root. tester is an ordinary user with subordinate ids and a delegated cgroup
 * @property {string} [cwd] default: /project
 * @property {Record<string, string>} [env]
 */

/** @param {Command} command */
export function commandScript({argv, user = 'root', cwd = '/project', env = {}}) {
  const ordinary = user === TESTER.name;
  const environment = {
    PATH,
    LANG: 'C.UTF-8',
    HOME: ordinary ? TESTER.home : '/root',
    USER: user,
    LOGNAME: user,
    SHELL: '/bin/bash',
    ...env,
  };
  const variables = Object.entries(environment).map(([name, value]) => quoted(`${name}=${value}`));
  const become = ordinary
    ? ['setpriv', `--reuid=${TESTER.uid}`, `--regid=${TESTER.uid}`, '--clear-groups', '--inh-caps=-all', '--']
    : [];
  const join = ordinary ? 'echo $$ >/sys/fs/cgroup/tester/session/cgroup.procs || exit 125\n' : '';
  const command = [...become, ...argv].map(quoted).join(' ');
  // busybox's shell is not used, because it prefers its own applets to the programs in PATH.
  return `#!/bin/sh\n${join}cd ${quoted(cwd)} || exit 125\nexec env -i ${variables.join(' ')} ${command}\n`;
}

function quoted(word) {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
