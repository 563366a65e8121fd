/**
 * Files that were truncated: what is in them now is another source than what was in them, and what was not read of that may be
 * in a copy. Found out with every listing and before every read, never by way of the sink: a file may be truncated many times
 * while the sink is stuck, and each time something is lost.
 */
import type { Chain } from './chain.ts';
import { headTime } from './head.ts';
import type { PlainFile } from '../logfile/logfile.ts';
import { newTailedFile, observe, type TailedFile } from './tailed-file.ts';

/** Finds out whether the file of a suspect reading was truncated, and if so parts what was in it from what is. */
export function settleSuspicion(chain: Chain, tailed: TailedFile, now: number): void {
  const file = tailed.file as PlainFile;
  const { size } = file.stat();
  // A first line that is not complete and got shorter is another one, whatever it begins with.
  const isSame = (tailed.source !== undefined || size >= tailed.size) && file.holds(tailed.head, tailed.headAt);
  tailed.suspect = false;
  if (tailed.head.length === 0) {
    // Nothing but line feeds or NULs was seen of it.
    tailed.looked = 0;
    tailed.size = size;
    observe(tailed, file.stat(), now);
  } else if (!isSame) {
    part(chain, tailed, now);
  } else {
    if (tailed.source && size < tailed.size) tailed.cutAt = Math.min(size, tailed.cutAt ?? size);
    tailed.size = size;
  }
}

/** The file goes on as a reading of its own; what it was stays before it, without a file. */
function part(chain: Chain, tailed: TailedFile, now: number): void {
  const next = newTailedFile(tailed.log, tailed.file, tailed.name, now);
  next.paths = tailed.paths;
  abandonFile(chain, tailed, 'truncated');
  chain.files.splice(chain.files.indexOf(tailed) + 1, 0, next);
}

/** Leaves `reading` without a file, so that the next listing looks for another one that holds the rest of it. */
export function abandonFile(chain: Chain, tailed: TailedFile, reason: TailedFile['lossReason']): void {
  tailed.file = undefined;
  tailed.paths = [];
  tailed.lossReason = reason;
  for (const [id, known] of chain.known) if (known.tailed === tailed) chain.known.delete(id);
}

/**
 * Whether another file of the log begins with all that was seen of a first line that was never complete: then it is the copy,
 * or the new name, of the file that held it. A piece without its whole time may be the beginning of many a file: then it must
 * have come after this one, under another name.
 */
export function isCopied(chain: Chain, tailed: TailedFile): boolean {
  const { head, foundAt, name } = tailed;
  const isUnique = headTime(head) !== '';
  return chain.files.some((each) => {
    if (each === tailed || !each.head.subarray(0, head.length).equals(head)) return false;
    return isUnique || (each.foundAt >= foundAt && each.name.suffix !== name.suffix);
  });
}
