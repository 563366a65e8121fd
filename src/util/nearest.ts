/** "Did you mean …?": the known name closest to a mistyped one. */

/**
 * The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), if it is close enough to be a typing
 * mistake. One edit always is. More are allowed up to a third of the length without the words that both begin with, so that
 * `elasticsearch.url` is not taken for `elasticsearch.id`. Case and `-`/`_` do not count.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(name.slice(0, 100));
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const distance = editDistance(wanted, known);
    const length = Math.max(wanted.length, known.length) - commonWords(wanted, known);
    const allowed = Math.max(1, Math.floor(length / 3));
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}

/** Length of the common beginning, up to its last `.` or `_`. */
function commonWords(a: string, b: string): number {
  let end = 0;
  for (let i = 0; i < a.length && a[i] === b[i]; i++) if (a[i] === '.' || a[i] === '_') end = i + 1;
  return end;
}

/** Optimal string alignment, with three rows. */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    before = above;
    above = row;
  }
  return above[b.length]!;
}
