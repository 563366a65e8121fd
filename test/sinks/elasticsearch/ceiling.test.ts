import { expect, test } from 'vitest';
import { Ceiling } from '../../../src/sinks/elasticsearch/ceiling.ts';

test('halves with refusals and doubles after a thousand requests', () => {
  const ceiling = new Ceiling(4000);
  expect(ceiling.bytes).toBe(4000);
  ceiling.refused(4000);
  ceiling.refused(1900);
  expect(ceiling.bytes).toBe(950);
  ceiling.refused(3000);
  expect(ceiling.bytes).toBe(950);
  for (let i = 0; i < 999; i++) ceiling.taken();
  expect(ceiling.bytes).toBe(950);
  ceiling.taken();
  expect(ceiling.bytes).toBe(1900);
  for (let i = 0; i < 2000; i++) ceiling.taken();
  expect(ceiling.bytes).toBe(4000);
});

test('a thousand requests at the present size, whatever was taken before it', () => {
  const ceiling = new Ceiling(4000);
  const takes = (requests: number): number => {
    for (let i = 0; i < requests; i++) ceiling.taken();
    return ceiling.bytes;
  };
  ceiling.refused(1000);
  expect(takes(999)).toBe(500);
  ceiling.refused(500);
  expect(takes(999)).toBe(250);
  expect(takes(1)).toBe(500);
  expect(takes(999)).toBe(500);
  expect(takes(1)).toBe(1000);
});

test('without a limit there is none until a refusal', () => {
  const ceiling = new Ceiling();
  expect(ceiling.bytes).toBe(Infinity);
  ceiling.refused(1);
  expect(ceiling.bytes).toBe(1);
});
