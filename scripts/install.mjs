// The install script of the package. It does nothing if a prebuild fits this machine, and otherwise builds from source. With --rebuild it
// always builds. If Node's headers are installed beside node itself (by a distribution's package or a tarball), the build uses them and
// needs no network.
import {spawnSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import path from 'node:path';
import process from 'node:process';

if (process.platform !== 'linux') process.exit(0);

const environment = {...process.env};
const prefix = path.dirname(path.dirname(process.execPath));
if (environment.npm_config_nodedir === undefined && existsSync(path.join(prefix, 'include/node/node_api.h'))) {
  environment.npm_config_nodedir = prefix;
}
// Without this variable, make would compile one file after another.
environment.JOBS ??= 'max';
if (process.argv.includes('--rebuild')) environment.npm_config_build_from_source = 'true';

const nodeGypBuild = createRequire(import.meta.url).resolve('node-gyp-build/bin.js');
const {status} = spawnSync(process.execPath, [nodeGypBuild], {stdio: 'inherit', env: environment});
process.exit(status ?? 1);
