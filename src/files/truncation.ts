/**
 * Files that were truncated: what is in them now is another source than what was in them, and what was not read of that may be
 * in a copy. Found out with every listing and before every read, never by way of the sink: a file may be truncated many times
 * while the sink is stuck, and each time something is lost.
 */
import type { Chain } from './chain.ts';
import { headTime } from './head.ts';
import type { PlainFile } from './logfile.ts';
import { newReading, observe, type Reading } from './reading.ts';

/** Finds out whether the file of a suspect reading was truncated, and if so parts what was in it from what is. */
export function settleSuspicion(chain: Chain, reading: Reading, now: number): void {
  const file = reading.file as PlainFile;
  const { size } = file.stat();
  // A first line that is not complete and got shorter is another one, whatever it begins with.
  const isSame = (reading.source !== undefined || size >= reading.size) && file.holds(reading.head, reading.headAt);
  reading.suspect = false;
  if (reading.head.length === 0) {
    // Nothing but line feeds or NULs was seen of it.
    reading.looked = 0;
    reading.size = size;
    observe(reading, file.stat(), now);
  } else if (!isSame) {
    part(chain, reading, now);
  } else {
    if (reading.source && size < reading.size) reading.cutAt = Math.min(size, reading.cutAt ?? size);
    reading.size = size;
  }
}

/** The file goes on as a reading of its own; what it was stays before it, without a file. */
function part(chain: Chain, reading: Reading, now: number): void {
  const next = newReading(reading.log, reading.file, reading.name, now);
  next.paths = reading.paths;
  abandonFile(chain, reading, 'truncated');
  chain.readings.splice(chain.readings.indexOf(reading) + 1, 0, next);
}

/** Leaves `reading` without a file, so that the next listing looks for another one that holds the rest of it. */
export function abandonFile(chain: Chain, reading: Reading, reason: Reading['lossReason']): void {
  reading.file = undefined;
  reading.paths = [];
  reading.lossReason = reason;
  for (const [id, known] of chain.known) if (known.reading === reading) chain.known.delete(id);
}

/**
 * Whether another file of the log begins with all that was seen of a first line that was never complete: then it is the copy,
 * or the new name, of the file that held it. A piece without its whole time may be the beginning of many a file: then it must
 * have come after this one, under another name.
 */
export function isCopied(chain: Chain, reading: Reading): boolean {
  const { head, foundAt, name } = reading;
  const isUnique = headTime(head) !== '';
  return chain.readings.some((each) => {
    if (each === reading || !each.head.subarray(0, head.length).equals(head)) return false;
    return isUnique || (each.foundAt >= foundAt && each.name.suffix !== name.suffix);
  });
}
