// All scenarios, in the order of docs/differences.md.
import type {Group} from './observe.js';
import {events} from './scenarios/events.js';
import {abort, kill} from './scenarios/kill.js';
import {options, validation} from './scenarios/options.js';
import {life} from './scenarios/program.js';
import {stdio} from './scenarios/stdio.js';
import {streams} from './scenarios/streams.js';

export const groups: readonly Group[] = [events, kill, abort, options, validation, stdio, streams, life];
