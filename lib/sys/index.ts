// namespawn/sys: one function a system call, nothing hidden.
export {type CloneOptions, clone} from './clone.js';
export {constants} from './constants.js';
export {setns, unshare} from './namespace.js';
export {pidfdOpen, pidfdSendSignal} from './pidfd.js';
export {type WaitResult, type WaitTarget, waitid, waitpid} from './wait.js';
