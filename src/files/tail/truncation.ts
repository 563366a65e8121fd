/**
 * Files that were truncated: what is in them now is another source than what was in them, and what was not read of that may be
 * in a copy. Found out with every listing and before every read, never by way of the sink: a file may be truncated many times
 * while the sink is stuck, and each time something is lost.
 */
import type { LossReason } from '../../types.ts';
import type { PlainFile } from '../logfile/logfile.ts';
import type { Chain } from './chain.ts';
import { beginsWith } from './head.ts';
import { newTailedFile, type TailedFile } from './tailed-file.ts';

/** Finds out whether the file of a suspect was truncated, and if so parts what was in it from what is. */
export function settleSuspicion(chain: Chain, tailed: TailedFile, now: number): void {
  const file = tailed.file as PlainFile;
  const state = file.stat();
  // A first line that is not complete and got shorter is another one, whatever it begins with.
  const isSame = (tailed.source !== undefined || state.size >= tailed.size) && beginsWith(file, tailed.head);
  if (tailed.head.bytes.length === 0) tailed.beginsAnew(state, now);
  else if (isSame) tailed.isStillItself(state.size);
  else part(chain, tailed, now);
}

/** The file goes on as a tailed file of its own; what it was stays before it, without a file. */
function part(chain: Chain, tailed: TailedFile, now: number): void {
  const { file, log, names } = tailed;
  const next = newTailedFile(log, file, names.name, now, names.paths);
  tailed.wasTruncated();
  forgetCopies(chain, tailed);
  chain.addAfter(tailed, next);
}

/** Leaves `tailed` without a file, so that the next scan looks for another one that holds the rest of it. */
export function abandonFile(chain: Chain, tailed: TailedFile, reason: LossReason): void {
  tailed.abandoned(reason);
  forgetCopies(chain, tailed);
}

function forgetCopies(chain: Chain, tailed: TailedFile): void {
  chain.unknow((_, known) => known.tailed === tailed);
}

/**
 * Whether another file of the log begins with all that was seen of a first line that was never complete: then it is the copy,
 * or the new name, of the file that held it. A piece without its whole time may be the beginning of many a file: then it must
 * have come after this one, under another name.
 */
export function isCopied(chain: Chain, tailed: TailedFile): boolean {
  const { head, foundAt, names } = tailed;
  const isUnique = head.time !== '';
  return chain.files.some((each) => {
    if (each === tailed || !each.head.bytes.subarray(0, head.bytes.length).equals(head.bytes)) return false;
    return isUnique || (each.foundAt >= foundAt && each.names.name.suffix !== names.name.suffix);
  });
}
