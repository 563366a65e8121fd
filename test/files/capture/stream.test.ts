/** Reading stdin: what becomes of it when it breaks off, or gives nothing and is stopped. */
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readStream, type StreamOptions } from '../../../src/files/capture/stream.ts';
import { OperatorError } from '../../../src/util/errors.ts';
import { Outcome } from '../follow.ts';

function reading(outcome: Outcome, more: Partial<StreamOptions> = {}): StreamOptions {
  return {
    take: (source, lines) => outcome.take(source, lines),
    end: ({ key }) => Promise.resolve(void outcome.ended.push(key)),
    gap: (gap) => outcome.gap(gap),
    lost: (reason, bytes, { key }) => void outcome.lost.push({ reason, bytes, key }),
    log: outcome.log,
    ...more,
  };
}

const LINES = Array.from({ length: 1000 }, (_, i) => `2026-11-20T01:00:00Z stdout F ${i} ${i ** 3}\n`).join('');

describe('an input that fails under way is one sentence, and what came before it is read', () => {
  test.each([
    ['plain', Buffer.from(LINES).subarray(0, 1000), /^2026-11-20T01:00:00Z stdout F 0 0\n/],
    ['compressed', gzipSync(LINES).subarray(0, 2000), /^2026-11-20T01:00:00Z stdout F 0 0\n/],
    ['of which nothing came', Buffer.alloc(0), /^$/],
  ])('%s', async (_, bytes, expected) => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield bytes;
      await Promise.resolve();
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    }
    const outcome = new Outcome();
    const ended = readStream(reading(outcome), input(), Buffer.alloc(65_536), () => undefined);
    await expect(ended).rejects.toThrow(OperatorError);
    await expect(ended).rejects.toThrow(/^-: the input broke off \(EIO: i\/o error, read\): .*\.$/);
    expect([...outcome.text.values()].join('')).toMatch(expected);
    expect(outcome.ended).toHaveLength(outcome.text.size);
  });
});

test.each([[''], [LINES.slice(0, 500)], [gzipSync(LINES).subarray(0, 500)]])(
  'stopped while the input gives nothing (any more): it ends at once',
  async (first) => {
    async function* input(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(first);
      stop.abort(new Error('SIGTERM'));
      await new Promise(() => undefined);
    }
    const stop = new AbortController();
    const outcome = new Outcome();
    const ended = readStream(reading(outcome, { signal: stop.signal }), input(), Buffer.alloc(65_536), () => undefined);
    await expect(ended).rejects.toThrow('SIGTERM');
  },
);
