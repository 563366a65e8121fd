/**
 * Patterns of names: `*` stands for any text, and a `!` in front turns it round. No other character is special, so that none can
 * take long. Pure.
 */

/** Whether the pattern, such as `shop-*` or `!kube-*`, matches the whole text. */
export function fits(pattern: string, text: string): boolean {
  return pattern.startsWith('!') ? !glob(pattern.slice(1), text) : glob(pattern, text);
}

/** Whether the pattern, such as `shop-*`, matches the whole text. It searches each piece once, from left to right: linear time. */
export function glob(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces.shift()!;
  const last = pieces.pop();
  if (last === undefined) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

/** What Kubernetes lets a name consist of: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and …/labels/. */
const NAMES = {
  namespace: { other: /[^a-z0-9-]/, holds: 'small letters, digits and -', most: 63 },
  pod: { other: /[^a-z0-9.-]/, holds: 'small letters, digits, - and .', most: 253 },
  container: { other: /[^a-z0-9-]/, holds: 'small letters, digits and -', most: 63 },
  label: { other: /[^A-Za-z0-9._-]/, holds: 'letters, digits, -, _ and .', most: 63 },
} as const;
export type NameKind = keyof typeof NAMES;

/** Why no name of this kind can ever match the pattern, or why every name does although it is turned round; undefined if one can. */
export function whyNever(pattern: string, kind: NameKind): string | undefined {
  const bare = pattern.startsWith('!') ? pattern.slice(1) : pattern;
  const { other, holds, most } = NAMES[kind];
  const fixed = bare.replaceAll('*', '');
  const odd = other.exec(fixed)?.[0];
  if (odd !== undefined) return `a ${kind} holds only ${holds}, no ${JSON.stringify(odd)}`;
  if (fixed.length > most) return `a ${kind} has ${most} characters at most`;
  if (/^[-._]|[-._]$/.test(bare)) return `a ${kind} begins and ends with a letter or a digit`;
  if (pattern !== bare && fixed === '' && bare !== '') return `nothing is left where every ${kind} is excepted`;
  return undefined;
}
