import { describe, expect, test } from 'vitest';
import { Progress, progressLine } from '../../src/observe/progress.ts';

const MiB = 1024 * 1024;

test.each([
  [[0, 100 * MiB, 0], '  0 %  0 B of 100 MiB  0 B/s'],
  [[42 * MiB, 100 * MiB, 10 * MiB], ' 42 %  42 MiB of 100 MiB  10 MiB/s  6 s left'],
  [[100 * MiB, 100 * MiB, MiB], '100 %  100 MiB of 100 MiB  1 MiB/s'],
  // Not all, so never 100 %.
  [[100 * MiB - 1, 100 * MiB, MiB], ' 99 %  100 MiB of 100 MiB  1 MiB/s  1 s left'],
  // Of stdin nobody knows how much there is.
  [[5 * MiB, 0, MiB], '5 MiB  1 MiB/s'],
] as [[number, number, number], string][])('%j', ([done, total, rate], line) => {
  expect(progressLine(done, total, rate)).toBe(line);
});

describe('drawing', () => {
  function progress(width = 80) {
    let clock = 1000;
    const written: string[] = [];
    const subject = new Progress({ write: (text) => void written.push(text), width: () => width, now: () => clock });
    return { subject, written, pass: (ms: number) => (clock += ms) };
  }

  test('what is over in half a second shows nothing and erases nothing', () => {
    const { subject, written, pass } = progress();
    subject.at(1, 2);
    pass(400);
    subject.draw();
    subject.stop();
    expect(written).toEqual([]);
  });

  test('redraws in place, with the rate of the last seconds, and leaves nothing behind', () => {
    const { subject, written, pass } = progress();
    for (let second = 1; second <= 20; second++) {
      pass(1000);
      subject.at(second * MiB, 100 * MiB);
      subject.draw();
    }
    expect(written).toHaveLength(20);
    expect(written.every((text) => text.startsWith('\r\x1b[K') && !text.includes('\n'))).toBe(true);
    expect(written.at(-1)).toContain(' 20 %  20 MiB of 100 MiB  1 MiB/s  1 min 20 s left');
    subject.stop();
    expect(written.at(-1)).toBe('\r\x1b[K');
    subject.draw();
    expect(written).toHaveLength(21);
  });

  test('a rate that falls is soon believed', () => {
    const { subject, written, pass } = progress();
    pass(1000);
    subject.at(50 * MiB, 100 * MiB);
    subject.draw();
    for (let i = 0; i < 10; i++) {
      pass(1000);
      subject.draw();
    }
    expect(written.at(-1)).toContain('0 B/s');
    expect(written.at(-1)).not.toContain('left');
  });

  test('aside while others print, back afterwards', async () => {
    const { subject, written, pass } = progress();
    pass(1000);
    subject.draw();
    await subject.aside(async () => {
      written.push('printed');
      subject.draw();
    });
    await expect(subject.aside(() => Promise.reject(new Error('full')))).rejects.toThrow('full');
    subject.draw();
    expect(written.map((text) => (text === 'printed' ? text : text === '\r\x1b[K'))).toEqual([
      false,
      true,
      'printed',
      false,
    ]);
  });

  test('takes itself away when something is said', () => {
    const { subject, written, pass } = progress();
    const keep = (message: string): void => void written.push(message);
    const log = subject.around({ info: keep, warn: keep, error: keep, throttled: (_, message) => keep(message) });
    pass(1000);
    subject.draw();
    log.warn('a warning');
    log.throttled('key', 'another');
    expect(written.slice(1)).toEqual(['\r\x1b[K', 'a warning', 'another']);
  });

  test('never wraps', () => {
    const { subject, written, pass } = progress(20);
    pass(1000);
    subject.at(42 * MiB, 100 * MiB);
    subject.draw();
    expect(written[0]!.length).toBeLessThan('\r\x1b[K'.length + 20);
  });
});
