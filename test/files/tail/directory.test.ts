/** What is known of a directory of logs. */
import { expect, test } from 'vitest';
import { containerLog } from '../../../src/files/kubelet/logpath.ts';
import { newDirectory } from '../../../src/files/tail/directory.ts';

test('what cannot be seen in it is tried again later each time, and soon again once everything was seen', () => {
  const pod = { namespace: 'n', pod: 'p', uid: 'u' };
  const directory = newDirectory('/pods/p/c', (restart) => containerLog('/pods/p/c', pod, 'c', restart));
  const waits = (tries: number): number[] =>
    Array.from({ length: tries }, () => {
      directory.tryAgain(1000);
      return directory.retryAt - 1000;
    });
  expect(waits(8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  directory.isSeen();
  expect(directory.retryAt).toBe(0);
  expect(waits(2)).toEqual([500, 1000]);
});
