// The table of causes, in the order in which they are checked. For each step and code, causes that can be verified come first.
import {own} from '../options/own.js';
import {commandCauses} from './command-causes.js';
import type {Cause} from './hint.js';
import {mountCauses} from './mount-causes.js';
import {namespaceCauses} from './namespace-causes.js';
import {pidCauses} from './pid-causes.js';
import {sourceCauses} from './source-causes.js';
import {userCauses} from './user-causes.js';

export const causes: readonly Cause[] = [
  ...mountCauses,
  ...namespaceCauses,
  ...userCauses,
  ...pidCauses,
  ...commandCauses,
  ...sourceCauses,
].map(cause => own(cause));
