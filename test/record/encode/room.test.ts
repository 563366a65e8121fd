// A batch is never longer than it may be, whatever the lines are: else it would be refused by the server, or not fit its slab.
import { Buffer } from 'node:buffer';
import { env } from 'node:process';
import { expect, test } from 'vitest';
import { Records } from '../../../src/record/records.ts';
import { dice } from '../../helpers/dice.ts';
import { length } from '../../helpers/length.ts';
import { ALL, makeBatch, makeLog, makeMeta, makeSource, wholeLines } from '../helpers.ts';

const PROGRAMS = length(80, 600);
const SEED = Number(env.PODFERRY_TEST_SEED ?? Date.now() % 1e9);

/** Contents of about `length` bytes, plain and JSON, with and without what is written in another way than it came. */
const CONTENTS: ((length: number, n: number) => string)[] = [
  (length, n) => `${n} ${'x'.repeat(length)}`,
  (length, n) => `${n} ${'\\"\t'.repeat(length / 3)}`,
  (length, n) => JSON.stringify({ a: 'x'.repeat(length), n }),
  (length, n) => JSON.stringify({ a: '"\\'.repeat(length / 4), n }),
  (length, n) => JSON.stringify({ message: 'x'.repeat(length), n }),
  (length, n) =>
    JSON.stringify({ n, msg: '"'.repeat(length / 2), level: 'error', a: { b: [1, 'x'.repeat(length / 2)] } }),
  (length, n) => JSON.stringify(Object.fromEntries(Array.from({ length: length / 8 }, (_, i) => [`k${i}`, n]))),
  (length) => `{"a":"${'x'.repeat(length)}"`,
  (length) => `java.io.IOException: ${'"'.repeat(length)}`,
  (length) => `\tat com.example.A.b(${'\u0001'.repeat(length / 6)}.java:1)`,
  (length, n) => ` \u001b[32m{"a":"${'"'.repeat(length / 2)}","n":${n}}\u001b[0m `.replaceAll('""', '\\"'),
  (length, n) =>
    `10.1.2.3 - ${'\u0001'.repeat(length % 200)} [20/Nov/2026:01:02:03 +0000] "GET /${'\u0002'.repeat(length / 3)} HTTP/1.1" 200 ${n} ` +
    `"${'r'.repeat(length / 3)}" "${'\u0003'.repeat(length / 3)}"`,
  (length, n) => `n=${n} msg="${'\\a'.repeat(length / 4)}" b=${'\\'.repeat(length / 3)}`,
  (length, n) => Array.from({ length: 2 + (length % 250) }, (_, i) => `k${i}=${n}`).join(' '),
  (length) => `{"a":"\u00ff${'x'.repeat(length)}","b":"\ud83d\ude00"}`,
];

test(`a batch stays below batch.max_bytes, or holds one document (seed ${SEED})`, () => {
  const random = dice(SEED);
  const pick = (n: number): number => Math.floor(random() * n);
  for (let program = 0; program < PROGRAMS; program++) {
    const batchBytes = 4096 + pick(60_000);
    const maxBytes = 1024 + pick(batchBytes);
    const overrides = random() < 0.8 ? ALL : { ...ALL, structured: false };
    const records = new Records({
      meta: () => makeMeta(overrides),
      batchBytes,
      maxBytes,
      openBytes: 1 << 20,
      lost() {},
    });
    const longest = 10 + pick(random() < 0.5 ? 1000 : 20_000);
    const lines = Array.from({ length: 60 }, (_, i) => {
      const content = CONTENTS[pick(CONTENTS.length)]!(pick(longest), i);
      return `2026-11-20T01:00:${String(i).padStart(2, '0')}Z ${random() < 0.5 ? 'stdout' : 'stderr'} F ${content}\n`;
    });
    const bytes = Buffer.from(lines.join(''));
    // Bytes that are no text grow to three.
    if (random() < 0.3) for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0x78 && random() < 0.5) bytes[i] = 0xff;
    const source = makeSource(makeLog());
    for (let from = 0; from < bytes.length;) {
      const batch = makeBatch(maxBytes, batchBytes, 1000);
      from = records.lines(batch, source, wholeLines(bytes), from);
      expect(
        batch.length <= batchBytes || batch.count === 1,
        `${batch.length} of ${batchBytes}, program ${program}`,
      ).toBe(true);
      expect(batch.length).toBeLessThanOrEqual(batch.bytes.length);
    }
  }
});
