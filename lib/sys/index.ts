// namespawn/sys: one function for each system call, without a policy of its own.
export {close} from './checked.js';
export {type CloneOptions, clone} from './clone.js';
export {constants} from './constants.js';
export {
  type Credentials,
  peerCredentials,
  peerPidfd,
  type ReceivedMessage,
  receiveCredentials,
  sendCredentials,
  setPassCredentials,
  setPassPidfd,
  socketpair,
} from './credentials.js';
export {setns, unshare} from './namespace.js';
export {
  nsGetNstype,
  nsGetOwnerUid,
  nsGetParent,
  nsGetPidFromPidns,
  nsGetPidInPidns,
  nsGetTgidFromPidns,
  nsGetTgidInPidns,
  nsGetUserns,
} from './nsfs.js';
export {type PidfdInfo, pidfdGetInfo, pidfdGetNamespace, pidfdOpen, pidfdSendSignal} from './pidfd.js';
export {type WaitResult, type WaitTarget, waitid, waitpid} from './wait.js';
