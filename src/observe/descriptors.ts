/**
 * Whether descriptors run short. A port does not learn it: without a free descriptor new connections, also those of probes, are
 * closed before anybody sees them. So podferry checks now and then, and closes connections in time.
 */
import { closeSync, openSync } from 'node:fs';

/** A quarter of the descriptors that the readers of files leave for everything else. */
const SPARE = 8;

/** Opens and closes a few descriptors to find out. */
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
