import { expect, test } from 'vitest';
import { BulkSlice } from '../../../src/sinks/elasticsearch/bulk-slice.ts';
import { bulkFrame } from '../../../src/sinks/elasticsearch/frame.ts';
import { batchOf, documents, large, type Offered } from '../../helpers/bulk-batch.ts';
import { dice } from '../../helpers/dice.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1e6);

function body(offered: readonly Offered[]): string {
  return offered.map(({ id, source }) => `{"create":{"_id":"${id}"}}\n${source}\n`).join('');
}

test('the body is a view of the slab and ends with the last document', () => {
  const batch = batchOf(documents(3));
  const portion = BulkSlice.of(batch);
  expect(portion.bytes.buffer).toBe(batch.bytes.buffer);
  expect(portion.bytes.toString()).toBe(body(documents(3)));
  expect([portion.count, portion.length]).toEqual([3, batch.length]);
});

test('a document and its id', () => {
  const portion = BulkSlice.of(batchOf(documents(3)));
  expect(portion.document(1).toString()).toBe(documents(3)[1]!.source);
  expect(portion.id(2)).toBe('id-00000002');
});

test('documents of several data streams: each behind its own action line, the ids at the same place', () => {
  const lines = [
    ['{"create":{"_id":"id-1"}}', '{"a":1}'],
    ['{"create":{"_id":"id-2","_index":"logs-payments-default"}}', '{"a":2}'],
    ['{"create":{"_id":"id-3","_index":"logs-a-b"}}', '{"a":3}'],
  ];
  const texts = lines.map(([action, document]) => `${action}\n${document}\n`);
  const bytes = Buffer.from(texts.join(''));
  const ends = Uint32Array.from(texts, (_, i) => texts.slice(0, i + 1).join('').length);
  const whole = BulkSlice.of({ ...batchOf([]), bytes, length: bytes.length, ends, count: 3, frame: bulkFrame(4) });
  for (const slice of [whole, whole.cut(1)[1], whole.keep([1, 2])]) {
    const first = 3 - slice.count;
    for (let i = 0; i < slice.count; i++) {
      const [action, document] = lines[first + i]!;
      expect([slice.id(i), slice.action(i).toString(), slice.document(i).toString()]).toEqual([
        `id-${first + i + 1}`,
        `${action}\n`,
        document,
      ]);
    }
  }
});

test('no id where Elasticsearch chooses', () => {
  const bytes = Buffer.from('{"create":{}}\n{"a":1}\n');
  const batch = {
    ...batchOf([]),
    bytes,
    length: bytes.length,
    ends: new Uint32Array([bytes.length]),
    count: 1,
    frame: bulkFrame(0),
  };
  expect(BulkSlice.of(batch).id(0)).toBeUndefined();
  expect(BulkSlice.of(batch).document(0).toString()).toBe('{"a":1}');
});

test('cut at a document, as much first as fits, at least one each', () => {
  const offered = [...documents(2), large('big', 5000), ...documents(2, 2)];
  const portion = BulkSlice.of(batchOf(offered));
  const small = body(documents(1)).length;
  const cut = (limit: number): number[] => portion.cut(limit).map(({ count }) => count);
  expect(cut(1)).toEqual([1, 4]);
  expect(cut(2 * small - 1)).toEqual([1, 4]);
  expect(cut(2 * small)).toEqual([2, 3]);
  expect(cut(portion.length - 1)).toEqual([4, 1]);
  expect(cut(Infinity)).toEqual([4, 1]);
  const [first, second] = portion.cut(2 * small);
  expect(first.bytes.toString() + second.bytes.toString()).toBe(body(offered));
  expect(second.cut(1)[0].document(0).length).toBeGreaterThan(5000);
});

test('kept documents are copied once and then move inside the copy', () => {
  const offered = documents(10);
  const batch = batchOf(offered);
  const before = Buffer.from(batch.bytes);
  const once = BulkSlice.of(batch).keep([1, 3, 5, 7, 9]);
  expect(once.bytes.buffer).not.toBe(batch.bytes.buffer);
  expect(once.bytes.buffer.byteLength).toBe(once.length);
  const copy = once.bytes.buffer;
  const twice = once.keep([0, 2, 4]);
  expect(twice.bytes.buffer).toBe(copy);
  expect(twice.bytes.toString()).toBe(body([offered[1]!, offered[5]!, offered[9]!]));
  expect(batch.bytes.equals(before)).toBe(true);
});

test('keeping everything copies nothing', () => {
  const portion = BulkSlice.of(batchOf(documents(3)));
  expect(portion.keep([0, 1, 2])).toBe(portion);
});

test(`any order of cutting and keeping leaves the right documents (seed ${seed})`, () => {
  const random = dice(seed);
  for (let round = 0; round < 300; round++) {
    const offered = Array.from({ length: 1 + Math.floor(random() * 30) }, (_, i) =>
      random() < 0.2 ? large(`l${i}`, Math.floor(random() * 300)) : documents(1, i)[0]!,
    );
    const todo = [{ portion: BulkSlice.of(batchOf(offered)), expected: offered }];
    for (let step = 0; step < 12 && todo.length > 0; step++) {
      const { portion, expected } = todo.splice(Math.floor(random() * todo.length), 1)[0]!;
      if (portion.count > 1 && random() < 0.5) {
        const [first, second] = portion.cut(random() * portion.length);
        todo.push({ portion: first, expected: expected.slice(0, first.count) });
        todo.push({ portion: second, expected: expected.slice(first.count) });
      } else {
        const kept = expected.map((_, i) => i).filter(() => random() < 0.6);
        if (kept.length > 0) todo.push({ portion: portion.keep(kept), expected: kept.map((i) => expected[i]!) });
      }
      for (const { portion, expected } of todo) {
        expect(portion.bytes.toString()).toBe(body(expected));
        expect(portion.id(portion.count - 1)).toBe(expected.at(-1)!.id);
      }
    }
  }
});
