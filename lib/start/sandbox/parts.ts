// What a sandbox is made of.

import type {LoopReference} from '../../shared/loop-reference.js';
import type {NamespaceType} from '../../shared/namespace-types.js';
import type {Failure} from '../channel/launch-events.js';
import type {Nsinit} from '../channel/nsinit.js';
import type {ResolvedSetup} from '../options/resolve.js';
import type {Step} from '../plan/writer.js';
import type {SandboxDefaults} from './defaults.js';

/** A sandbox whose set-up is done. */
export interface SandboxParts {
  nsinit: Nsinit;
  /** The PID of its init. */
  pid: number;
  setup: ResolvedSetup;
  /** Options for every command. */
  defaults: SandboxDefaults | undefined;
  /** What each operation of the set-up was for. */
  steps: readonly Step[];
  namespaces: Readonly<Partial<Record<NamespaceType, number>>>;
  /** Keeps the event loop alive. It is held. */
  reference: LoopReference;
  toError(failure: Failure): Error;
}
