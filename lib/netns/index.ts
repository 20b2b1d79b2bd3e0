// Network namespaces by name, compatible with ip-netns(8) in both directions.
import {exec} from './exec.js';
import {identify, list, listIds, pids, set} from './find.js';
import {add, attach, open, remove} from './keep.js';
import {monitor} from './monitor.js';
import type {Netns} from './types.js';

/** Network namespaces by name: {@link Netns}. */
export const netns: Netns = {add, attach, delete: remove, list, open, identify, pids, exec, set, listIds, monitor};
