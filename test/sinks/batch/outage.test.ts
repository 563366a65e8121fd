import { expect, test } from 'vitest';
import { Outage } from '../../../src/sinks/batch/outage.ts';
import { newSaid } from '../../helpers/said.ts';

test('an outage is said once of each kind, and that it is over once', () => {
  const said = newSaid();
  let now = 0;
  const outage = new Outage('file', said, () => now);
  outage.over();
  outage.begin('ENOSPC', 'The disk is full.');
  outage.begin('ENOSPC', 'The disk is full.');
  now = 4000;
  outage.begin('slow', 'The disk is slow.');
  now = 6000;
  outage.over();
  outage.over();
  expect(said.lines).toEqual([
    'warn: The disk is full.',
    'warn: The disk is slow.',
    'info: Documents are stored again, after 6 s.',
  ]);
});

test('a short one ends without a word', () => {
  const said = newSaid();
  const outage = new Outage('file', said, () => 0);
  outage.begin('ENOSPC', 'The disk is full.');
  outage.over();
  expect(said.lines).toHaveLength(1);
});
