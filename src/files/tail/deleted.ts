/**
 * Caps on what we keep on the disk: a file that lost its last name occupies it for as long as we hold it. Over a cap the oldest
 * such file of the container with the most is given up first.
 */
import type { Chain } from './chain.ts';
import type { TailedFile } from './tailed-file.ts';

export interface PinCaps {
  /** Bytes on the disk of files without a name that are not read to their end, in all. */
  readonly pinnedBytes: number;
  /** How long such a file is kept, in ms. */
  readonly pinnedAgeMs: number;
}

export interface Pin {
  readonly chain: Chain;
  readonly tailed: TailedFile;
}

/** Bytes on the disk that files of this log without a name occupy. */
export function pinnedBytes(chain: Chain): number {
  let bytes = 0;
  for (const tailed of chain.files) if (isPinned(tailed)) bytes += tailed.onDisk;
  return bytes;
}

/** What is to be given up at `now` (ms) so that the caps hold. Pure. */
export function overCaps(chains: Iterable<Chain>, caps: PinCaps, now: number): Pin[] {
  const given: Pin[] = [];
  const held: { chain: Chain; pinned: TailedFile[]; bytes: number }[] = [];
  let total = 0;
  for (const chain of chains) {
    const pinned = chain.files.filter(isPinned);
    const old = pinned.filter((each) => now - each.unlinkedAt! > caps.pinnedAgeMs);
    for (const tailed of old) given.push({ chain, tailed });
    const kept = pinned.filter((each) => !old.includes(each));
    const bytes = kept.reduce((sum, each) => sum + each.onDisk, 0);
    if (bytes > 0) held.push({ chain, pinned: kept, bytes });
    total += bytes;
  }
  while (total > caps.pinnedBytes) {
    const noisiest = held.reduce((a, b) => (b.bytes > a.bytes ? b : a));
    const tailed = noisiest.pinned.shift()!;
    given.push({ chain: noisiest.chain, tailed });
    noisiest.bytes -= tailed.onDisk;
    total -= tailed.onDisk;
  }
  return given;
}

function isPinned(tailed: TailedFile): boolean {
  return tailed.file !== undefined && !tailed.done && tailed.unlinkedAt !== undefined;
}
