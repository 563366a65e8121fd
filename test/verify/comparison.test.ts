import { expect, test } from 'vitest';
import { Comparison } from '../../src/verify/comparison.ts';
import { Findings } from '../../src/verify/findings.ts';
import { OldestFiles } from '../../src/verify/oldest.ts';
import { OpenEnds } from '../../src/verify/openends.ts';
import { batchOf } from '../helpers/bulk-batch.ts';

/** A batch of one record, at this offset. */
function batch(offset: number) {
  const log = { offset, file: { path: '/a/0.log' } };
  const source = JSON.stringify({ '@timestamp': '2026-11-20T01:02:03Z', message: 'x', stream: 'stdout', log });
  return batchOf([{ id: `timetimeAAAAAAAAAAAA${String(offset).padStart(8, '0')}`, source }]);
}

function comparison(holds: () => Promise<boolean>) {
  const findings = new Findings();
  const failures: Error[] = [];
  const made = new Comparison({
    holds: async () => [await holds()],
    rejected: () => false,
    failed: (error) => void failures.push(error),
    youngerThan: Infinity,
    openEnds: new OpenEnds(0),
    oldestFiles: new OldestFiles(() => ({ takes: () => false })),
    findings,
  });
  return { made, findings, failures };
}

const stop = new AbortController().signal;

test('answers that come in any order are taken in the order of reading', async () => {
  const answers: ((held: boolean) => void)[] = [];
  const { made, findings } = comparison(() => new Promise((resolve) => answers.push(resolve)));
  const sent = [0, 1, 2].map((offset) => made.send(batch(offset), stop));
  answers[2]!(false);
  answers[1]!(false);
  answers[0]!(true);
  await Promise.all(sent);
  expect(findings.logs[0]).toMatchObject({
    counts: { stored: 1, missing: 2 },
    missing: { document: { offset: 1 } },
  });
});

test('an answer that is not to be had ends the comparison, and holds up none', async () => {
  let asked = 0;
  const { made, findings, failures } = comparison(() =>
    asked++ === 0 ? Promise.reject(new Error('away')) : Promise.resolve(true),
  );
  const first = made.send(batch(0), stop);
  const second = made.send(batch(1), stop);
  await expect(first).rejects.toThrow('away');
  await second;
  expect(failures.map(({ message }) => message)).toEqual(['away']);
  expect(findings.total('stored')).toBe(1);
});
