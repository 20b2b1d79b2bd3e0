// The end of a sandbox that is closed.
import {maxGraceMs} from '../../shared/validate.js';
import type {Nsinit} from '../channel/nsinit.js';
import type {EndPromises} from '../process/end-promises.js';

// nsinit should have ended by itself at the end of the grace time. It is killed if it has not ended this much later.
const stoppedInitMs = 1000;

/** Ends every process of a sandbox, and waits until nsinit has ended. */
export async function shutDown(nsinit: Nsinit, closing: EndPromises, signal: number, graceMs: number): Promise<void> {
  // nsinit measures the grace time, unless it cannot be asked, or root inside has stopped it with ptrace.
  const isAsked = graceMs > 0 && nsinit.shutDown(signal, graceMs) === 0;
  const kill = (): unknown => nsinit.kill();
  if (!isAsked) kill();
  const timer = isAsked ? setTimeout(kill, Math.min(graceMs + stoppedInitMs, maxGraceMs)).unref() : undefined;
  try {
    await closing.next();
  } finally {
    clearTimeout(timer);
  }
}
