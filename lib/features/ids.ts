// The options `uid`, `gid` and `groups`: the ids of the command.
import {invalidArgType} from '../shared/argument-errors.js';
import {areMapped} from '../shared/facts.js';
import {resolveId} from '../shared/ids.js';
import {EINVAL} from '../shared/kernel.js';
import {isGiven} from '../shared/validate.js';
import {commandFeature, type ResolvedSetup} from './feature.js';
import {idMaps, isInside} from './id-maps.js';

export interface IdOptions {
  /**
   * The command's user id, as its user namespace counts, or the name of a user. A name is looked up outside, in the caller's user database
   * (getpwnam(3), so with all sources of nsswitch.conf(5)), and stands for the number that it has there. A look-up in a directory service can
   * block the event loop: give the number where that matters.
   */
  uid?: number | string | undefined;
  /** The command's group id, as its user namespace counts, or the name of a group, which is looked up as that of a user: getgrnam(3). */
  gid?: number | string | undefined;
  /** Supplementary groups, by their ids or names. Default: the caller's; none where uid or gid are set. */
  groups?: readonly (number | string)[] | undefined;
}

export interface ResolvedIds {
  uid: number | undefined;
  gid: number | undefined;
  groups: readonly number[] | undefined;
}

export const ids = commandFeature<IdOptions, ResolvedIds>({
  title: 'Ids of the command',
  examples: {uid: 1, gid: 1, groups: [1, 2]},
  resolve: ({uid, gid, groups}) => ({
    uid: isGiven(uid) ? resolveId('user', uid, 'options.uid') : undefined,
    gid: isGiven(gid) ? resolveId('group', gid, 'options.gid') : undefined,
    groups: resolveGroups(groups),
  }),
  write(operations, value, {setup}) {
    if (value === undefined) return;
    const {uid, gid, groups} = value;
    if (groups !== undefined) {
      const findIndex = (errno: number): number | undefined => unmappedGroup(errno, groups, setup);
      operations.addList({step: 'groups', findIndex}, 'GROUPS', [groups.length, 0], groups);
    } else if (uid !== undefined || gid !== undefined) {
      // The command must not keep the groups of root. As in child_process, it is no error if they may not be changed.
      operations.addList({step: 'groups'}, 'GROUPS', [0, 1], []);
    }
    // The user id comes last, because the other ids cannot be changed afterwards.
    if (gid !== undefined) operations.add({step: 'gid'}, 'GID', [gid]);
    if (uid !== undefined) operations.add({step: 'uid'}, 'UID', [uid]);
  },
  causes: [
    {
      steps: ['uid', 'gid', 'groups'],
      code: 'EPERM',
      why: 'taking other ids needs CAP_SETUID and CAP_SETGID, and in a user namespace with setgroups: deny groups cannot be set',
      advice: "run as root, or in a user namespace with uidMap: 'root' and without `groups`",
    },
    {
      steps: ['uid', 'gid', 'groups'],
      code: 'EINVAL',
      why: 'the id is not mapped in the user namespace of the command',
      advice: 'map it with uidMap or gidMap',
    },
    {
      steps: ['uid'],
      code: 'EAGAIN',
      why: 'that user has as many processes as its RLIMIT_NPROC allows',
      advice: 'raise the limit, or end some of them',
    },
  ],
});

/** Finds the group that does not exist in the user namespace of the command. */
function unmappedGroup(errno: number, groups: readonly number[], {settings}: ResolvedSetup): number | undefined {
  if (errno !== EINVAL) return undefined;
  const maps = settings.of(idMaps);
  const index = groups.findIndex(group => !(maps ? isInside(maps.gidMap, group) : areMapped('gid', group, 1)));
  return index < 0 ? undefined : index;
}

function resolveGroups(option: unknown): readonly number[] | undefined {
  if (!isGiven(option)) return undefined;
  if (!Array.isArray(option)) throw invalidArgType('options.groups', 'an array of ids and names of groups', option);
  return option.map((group, index) => resolveId('group', group, `options.groups[${index}]`));
}
