/** The answer that nearly every bulk request gets, known by its bytes. Pure. */

const ITEM = '{"create":{"status":201}},';
const HEAD = Buffer.from('{"errors":false,"items":[');
const TAIL = Buffer.from(']}');
let storedItems = Buffer.from(ITEM.repeat(1024));

/**
 * Whether this is, to the byte, what both servers answer when all is well (with FILTER_PATH, and op create). Nearly every
 * answer is. Comparing it takes 10 µs for 5,000 documents and leaves nothing behind; reading and parsing it takes 880 µs.
 */
export function isAllStored(chunks: readonly Buffer[], sent: number): boolean {
  const length = sent * ITEM.length - 1;
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (sent === 0 || total !== HEAD.length + length + TAIL.length) return false;
  while (storedItems.length < length) storedItems = Buffer.concat([storedItems, storedItems]);
  let at = 0;
  return chunks.every((chunk) => {
    const here = at;
    at += chunk.length;
    return (
      agrees(chunk, here, HEAD, 0, HEAD.length) &&
      agrees(chunk, here, storedItems, HEAD.length, length) &&
      agrees(chunk, here, TAIL, HEAD.length + length, TAIL.length)
    );
  });
}

/** Whether a chunk that begins at `at` equals, where they overlap, the first `length` bytes of `part` placed at `offset`. */
function agrees(chunk: Buffer, at: number, part: Buffer, offset: number, length: number): boolean {
  const from = Math.max(at, offset);
  const to = Math.min(at + chunk.length, offset + length);
  return from >= to || chunk.compare(part, from - offset, to - offset, from - at, to - at) === 0;
}
