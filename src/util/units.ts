/** Sizes and durations as operators write them. Pure. `undefined`: the text is not one. Every complaint shows the examples. */

export const SIZE_EXAMPLE = '4MiB, 512KiB or 1048576';
export const DURATION_EXAMPLE = '500ms, 5s or 1h';

const SIZE = /^(\d+(?:\.\d+)?)\s*(B|[kKMGT]B|[KMGT]iB|[KMGT]i)?$/;
const POWERS = 'KMGT';

/**
 * `1048576`, `512KiB`, `512Ki` (as in a Pod's resources), `4MB` (powers of ten), `1.5GiB`. Bytes.
 * A bare `4M` is refused: to Kubernetes it is 4,000,000, to most people 4,194,304.
 */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text.trim());
  if (match === null) return undefined;
  const unit = match[2] ?? 'B';
  const base = unit.includes('i') ? 1024 : 1000;
  const power = POWERS.indexOf(unit[0]!.toUpperCase()) + 1;
  const bytes = Math.round(Number(match[1]) * base ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const DURATION = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const MILLISECONDS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `5s`, `1h30m`, `0`. Milliseconds. A bare number other than 0 is refused: seconds or milliseconds? */
export function parseDuration(text: string): number | undefined {
  const wanted = text.trim();
  if (wanted === '0') return 0;
  if (!DURATION.test(wanted)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of wanted.matchAll(DURATION_PART)) ms += Number(amount) * MILLISECONDS[unit!]!;
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined;
}
