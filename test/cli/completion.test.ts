// namespawn completion: the scripts, in the shells that they are for.
import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, test} from 'node:test';
import {spawnInNamespace} from 'namespawn';
import {namespawn} from '../helpers/commands.js';
import {needsProgram} from '../helpers/requirements.js';
import {Screen} from '../helpers/screen.js';

const directory = mkdtempSync(path.join(tmpdir(), 'namespawn-completion-'));
after(() => rmSync(directory, {recursive: true}));
const types = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'];

/** What is typed behind "namespawn", and the words that are offered for the last one. */
const cases: [words: string[], offered: string[]][] = [
  [['e'], ['enter']],
  [['p'], ['pid', 'probe', 'ps']],
  [
    ['ls', '--t'],
    ['--threads', '--tree', '--type'],
  ],
  [['ls', '-t', ''], types],
  [
    ['ls', '--html', '/etc/passw'],
    ['/etc/passwd', '/etc/passwd-'],
  ],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['run', '--gra'], ['--grace']],
  [['run', '--grace', '5', '--wait'], ['--wait-all']],
  [['run', '--grace', '5', 'namespawn-comp'], ['namespawn-completes']],
  [
    ['run', '--bind', '/etc/passw'],
    ['/etc/passwd', '/etc/passwd-'],
  ],
  [['run', '--bind', '/a', '/b', '--overlay', '/a', '/b', '/c', 'namespawn-comp'], ['namespawn-completes']],
  [['run', '--bind', '/a', '/b', '--tmp-o'], ['--tmp-overlay']],
  [['run', '--keyring', ''], ['new']],
  [['run', '--all', '--', 'namespawn-comp'], ['namespawn-completes']],
  [
    ['run', 'namespawn-completes', '/etc/passw'],
    ['/etc/passwd', '/etc/passwd-'],
  ],
  [['run', 'namespawn-completes', '--gra'], []],
  [['enter', '-t', '1', 'namespawn-comp'], ['namespawn-completes']],
  [['enter', '--preserve'], ['--preserve-credentials']],
].map(([words, offered]) => [words!, offered!.filter(word => !word.startsWith('/')).concat(etc(offered!))]);

/** Those files of /etc that exist. */
function etc(words: string[]): string[] {
  return words.filter(word => word.startsWith('/') && spawnSync('test', ['-e', word]).status === 0);
}

/** Writes the script for a shell, and a command whose name the shell is to complete. */
function prepare(shell: string): {file: string; env: NodeJS.ProcessEnv} {
  const file = path.join(directory, shell);
  writeFileSync(file, namespawn('completion', shell));
  writeFileSync(path.join(directory, 'namespawn-completes'), '', {mode: 0o755});
  return {file, env: {...process.env, HOME: directory, PATH: `${directory}:${process.env.PATH}`, LC_ALL: 'C'}};
}

test('bash', () => {
  const {file, env} = prepare('bash');
  const second: (typeof cases)[number] = [['run', '--bind', '/a', '/etc/passw'], etc(['/etc/passwd', '/etc/passwd-'])];
  for (const [words, offered] of [...cases, second]) {
    const script = `source '${file}'; COMP_WORDS=(namespawn "$@"); COMP_CWORD=$#; _namespawn; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const {stdout, stderr} = spawnSync('bash', ['--norc', '-c', script, 'bash', ...words], {encoding: 'utf8', env});
    assert.equal(stderr, '');
    const found = [...new Set(stdout.split('\n').filter(Boolean))].sort();
    assert.deepEqual(found, offered.toSorted(), words.join(' '));
  }
});

test('fish', {skip: needsProgram('fish')}, () => {
  const {file, env} = prepare('fish');
  for (const [words, offered] of cases) {
    const script = `source '${file}'; complete -C 'namespawn ${words.join(' ')}'`;
    const {stdout, stderr} = spawnSync('fish', ['--no-config', '-c', script], {encoding: 'utf8', env});
    assert.equal(stderr, '');
    const found = stdout
      .split('\n')
      .filter(Boolean)
      .map(line => line.split('\t')[0]!);
    assert.deepEqual(found.sort(), offered.toSorted(), words.join(' '));
  }
});

test('zsh', {skip: needsProgram('zsh')}, async () => {
  const {file, env} = prepare('zsh');
  // zsh completes only at a terminal. The words that it would insert are what compadd is called with.
  writeFileSync(
    path.join(directory, '.zshrc'),
    `PS1='ready> '; zstyle ':completion:*' menu no; setopt no_list_beep
autoload -Uz compinit; compinit -D -u; source '${file}'
compadd() {
  local -a found
  builtin compadd -O found "$@"
  print -rn -- "<\${(j:,:)found}>" >>'${directory}/offered'
  builtin compadd "$@"
}
offer() { : >'${directory}/offered'; zle complete-word; print -rn -- '<end>' >>'${directory}/offered'; zle kill-buffer; print -r "offered:$(<'${directory}/offered'):"; zle reset-prompt; }
zle -N offer; bindkey '^T' offer
`,
  );
  const zsh = spawnInNamespace('zsh', ['-i'], {
    namespaces: [],
    pty: {cols: 1000, rows: 100, name: 'dumb'},
    env: {...env, ZDOTDIR: directory},
  });
  const screen = new Screen(zsh.pty!);
  await screen.shows(/ready> /);
  for (const [words, offered] of cases) {
    const from = screen.text.length;
    zsh.pty!.write(`namespawn ${words.join(' ')}\x14`);
    await screen.shows(/offered:.*<end>:/);
    const [, text] = /offered:(.*)<end>:/.exec(screen.text.slice(from))!;
    const found = new Set([...text!.matchAll(/<([^>]*)>/g)].flatMap(([, list]) => list!.split(',')).filter(Boolean));
    // Files are offered by their names, behind their directories.
    found.delete('etc');
    const expected = offered.map(word => path.basename(word));
    assert.deepEqual([...found].sort(), expected.sort(), words.join(' '));
  }
  zsh.pty!.write('exit\n');
  await once(zsh, 'close');
});
