import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { write48 } from '../../../src/record/encode/id.ts';

test('a number becomes the base64url of its six bytes', () => {
  for (const n of [0, 1, 63, 64, 2 ** 24 - 1, 2 ** 24, 2 ** 31, 2 ** 32 + 5, Date.UTC(2026, 10, 20), 2 ** 48 - 1]) {
    const want = Buffer.alloc(6);
    want.writeUIntBE(n, 0, 6);
    const out = Buffer.alloc(8);
    write48(out, 0, n);
    expect(out.toString('latin1')).toBe(want.toString('base64url'));
  }
});

test('ids sort by time', () => {
  // Elasticsearch keeps ids of this form as their bytes
  const bytes = [1, 255, 256, 2 ** 24, 2 ** 40].map((n) => {
    const out = Buffer.alloc(8);
    write48(out, 0, n);
    return Buffer.from(out.toString('latin1'), 'base64url');
  });
  expect([...bytes].sort(Buffer.compare)).toEqual(bytes);
});
