// The package's install script: nothing where a prebuild fits this machine, else a build from source.
// With --rebuild it always builds. Where Node's headers lie beside node itself (distribution packages, tarballs),
// they are used, so that the build needs no network.
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
// make compiles one file after another otherwise.
environment.JOBS ??= 'max';
if (process.argv.includes('--rebuild')) environment.npm_config_build_from_source = 'true';

const nodeGypBuild = createRequire(import.meta.url).resolve('node-gyp-build/bin.js');
const {status} = spawnSync(process.execPath, [nodeGypBuild], {stdio: 'inherit', env: environment});
process.exit(status ?? 1);
