// A program that starts a command with execa: node owner.js PACKAGE WHAT
import {childOf, type Execa} from './api.js';

const [, , name, what] = process.argv;
const {execa} = (await import(name!)) as Execa;

switch (what) {
  case 'end': {
    const subprocess = execa('sleep', ['1000'], {stdio: 'ignore'});
    console.log(subprocess.pid);
    subprocess.catch(() => {});
    process.exit();
    break;
  }
  case 'detach': {
    const subprocess = execa('sleep', ['1000'], {stdio: 'ignore', detached: true});
    console.log(subprocess.pid);
    childOf(subprocess).unref();
    break;
  }
  default:
    await execa({verbose: 'full'})`echo ${'a b'}`;
}
