/** Whether a directory may have changed since it was listed, as far as its time of change tells. Pure. */

/** The clocks of file systems are coarse: a time of change that was younger than this at the last listing proves nothing, ms. */
const COARSE_MS = 2000;

/** @param mtimeMs its time of change now; `listed`: that at the last listing, and when that was (ms since 1970) */
export function mayHaveChanged(
  listed: { readonly mtimeMs: number; readonly listedAt: number },
  mtimeMs: number,
): boolean {
  return mtimeMs !== listed.mtimeMs || listed.listedAt - mtimeMs < COARSE_MS;
}
