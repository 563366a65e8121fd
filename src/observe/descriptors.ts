/**
 * Whether descriptors run short. A port does not get to know: where none is left the system's new connections are closed
 * before anybody sees them, probes too. So we look, now and then, and let go of connections in time.
 */
import { closeSync, openSync } from 'node:fs';

/** A quarter of what the reading of files leaves for everything else. */
const SPARE = 8;

export function fewDescriptorsLeft(): boolean {
  const taken: number[] = [];
  try {
    for (let i = 0; i < SPARE; i++) taken.push(openSync('/dev/null', 'r'));
    return false;
  } catch {
    return true;
  } finally {
    for (const fd of taken) closeSync(fd);
  }
}
