/** What a container wrote last, when it has ended and its files stay: it comes out, whatever is added to them later. */
import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TailerOptions } from '../../src/files/tailer.ts';
import type { ContainerLog, Source } from '../../src/types.ts';
import { until } from '../helpers/until.ts';
import { Outcome } from './follow.ts';
import { session, stick } from './session.ts';

const it = session();
const MINUTE = 60_000;
const ENDED: Partial<TailerOptions> = { quietMs: 20, hasEnded: () => true };

/** Told of the containers whose pod is called `witness`: they have ended. */
const isWitness = ({ pod }: ContainerLog): boolean => pod === 'witness';
let witnesses = 0;

/**
 * Waits until three logs, each found when the one before had ended, have ended themselves: whatever is to happen to others by then has
 * happened.
 */
async function settled(outcome: Outcome): Promise<void> {
  for (let i = 0; i < 3; i++) {
    const witness = it.kubelet.start({ pod: 'witness', uid: `${100 + witnesses++}` });
    witness.write(`${it.kubelet.time()} stdout F that's it`);
    await until(() => outcome.ended.includes(witness.key), 'the witness has ended');
    outcome.ended.splice(outcome.ended.indexOf(witness.key), 1);
  }
}

/** A container that wrote 'one' and stopped in the middle of another line, and the rest of that. */
function cutShort() {
  const web = it.kubelet.start();
  web.say('one');
  const rest = 'and more\n';
  web.write(`${it.kubelet.time()} stdout F FATAL: `);
  return { web, rest };
}

test('a last line without a line feed is handed on as it is when its container has ended, and the log ends', async () => {
  const { web } = cutShort();
  const { outcome } = await it.start(ENDED);
  await outcome.says(web.key, ['one', 'FATAL: ']);
  await until(() => outcome.ended.length > 0, 'the end');
  expect(outcome.pieces.at(-1)).toMatchObject({ last: true, goesOn: false });
});

test('not while its container runs, however silent it is', async () => {
  const { web, rest } = cutShort();
  let ahead = 0;
  const { outcome } = await it.start({ quietMs: 20, hasEnded: isWitness, now: () => Date.now() + ahead });
  await outcome.says(web.key, ['one']);
  for (let i = 0; i < 3; i++) {
    ahead += 100 * MINUTE;
    await settled(outcome);
  }
  expect([outcome.messages(web.key), outcome.ended]).toEqual([['one'], []]);
  web.write(rest);
  await outcome.says(web.key, ['one', `FATAL: ${rest.trim()}`]);
});

test('a container that has ended is let go of; what is added to its log all the same is read', async () => {
  const { web, rest } = cutShort();
  const { outcome, tailer } = await it.start(ENDED);
  await outcome.says(web.key, ['one', 'FATAL: ']);
  await until(() => tailer.counts.openFiles === 0, 'its file is closed');
  web.write(rest);
  fs.writeFileSync(`${web.directory}/noise`, '');
  await outcome.says(web.key, ['one', 'FATAL: ', rest.trim()]);
  web.say('three');
  fs.writeFileSync(`${web.directory}/more noise`, '');
  await outcome.says(web.key, ['one', 'FATAL: ', rest.trim(), 'three']);
  expect(outcome.lost).toEqual([]);
});

test('what is added while the last line waits for the sink is neither lost nor part of it', async () => {
  const { web, rest } = cutShort();
  let [hasEnded, isNoted] = [false, false];
  const noteEnd = () => Promise.resolve(void (isNoted = true));
  const { outcome, tailer } = await it.start({ quietMs: 20, hasEnded: () => hasEnded, noteEnd });
  await outcome.says(web.key, ['one']);
  const flow = stick(outcome);
  hasEnded = true;
  await until(() => isNoted, 'the last line waits');
  web.write(rest);
  await until(() => tailer.status()[0]!.size === fs.statSync(web.path).size, 'the rest is seen');
  flow();
  await outcome.says(web.key, ['one', 'FATAL: ', rest.trim()]);
  expect([outcome.lost, outcome.gaps]).toEqual([[], []]);
});

describe('where it ended is on disk before anything is shipped for that reason', () => {
  test('so long it waits', async () => {
    const { web } = cutShort();
    let noted: () => void;
    const outcome = new Outcome();
    const noteEnd = (source: Source) => {
      outcome.opened(source);
      return new Promise<void>((resolve) => (noted = resolve));
    };
    await it.start({ ...ENDED, noteEnd }, undefined, outcome);
    await until(() => noted !== undefined, 'it is to be noted');
    const size = fs.statSync(web.path).size;
    expect([...outcome.saved.values()]).toMatchObject([{ endsAt: size }]);
    expect(outcome.messages(web.key)).toEqual(['one']);
    noted!();
    await outcome.says(web.key, ['one', 'FATAL: ']);
  });

  test.each(['one file', 'its only line'])('so the next agent ships the same, and the rest apart: %s', async (what) => {
    const web = it.kubelet.start();
    const before = what === 'one file' ? ['one'] : [];
    web.say(...before);
    web.write(`${it.kubelet.time()} stdout F FATAL: `);
    const { outcome: first, tailer } = await it.start(ENDED);
    await first.says(web.key, [...before, 'FATAL: ']);
    await tailer.stop();
    // As after a kill: nothing that the first agent shipped is known to be acknowledged.
    const endsAt = [...first.saved.values()][0]!.endsAt;
    expect(endsAt).toBe(fs.statSync(web.path).size);
    const killed = new Outcome();
    for (const each of first.saved.values())
      killed.saved.set(each.fingerprint, { ...each, position: { out: 0, err: 0, time: '' } });
    web.write('and more\n');
    web.say('three');
    const { outcome: next } = await it.start({ quietMs: 20, hasEnded: () => undefined }, killed);
    await next.says(web.key, [...before, 'FATAL: ', 'and more', 'three']);
    const [print] = new Set(next.pieces.map(({ source }) => source.fingerprint));
    expect(print).toBe(first.pieces[0]!.source.fingerprint);
    // The log was ended there, so that nothing that was open goes on.
    expect(next.ended).toEqual([web.key]);
    expect([next.lost, next.gaps, next.unseen]).toEqual([[], [], []]);
  });

  test('it ends once more only when the first end is acknowledged', async () => {
    const { web } = cutShort();
    const outcome = new Outcome();
    const ends: (number | undefined)[] = [];
    const noteEnd = (source: Source) => {
      ends.push(source.endsAt);
      return Promise.resolve(outcome.opened(source));
    };
    outcome.settles = false;
    const { tailer } = await it.start({ ...ENDED, noteEnd }, undefined, outcome);
    await outcome.says(web.key, ['one', 'FATAL: ']);
    const first = fs.statSync(web.path).size;
    web.write('and');
    await until(() => tailer.status()[0]!.state === 'idle', 'it is seen');
    tailer.look();
    const { source } = outcome.pieces.at(-1)!;
    expect(ends).toEqual([first]);
    outcome.settle(source, { out: first, err: first, time: '' });
    await outcome.says(web.key, ['one', 'FATAL: ', 'and']);
    expect(ends).toEqual([first, first + 3]);
  });

  test('but not for a log of which nothing is open', async () => {
    const web = it.kubelet.start();
    web.say('one');
    let notes = 0;
    const { outcome } = await it.start({ ...ENDED, noteEnd: () => Promise.resolve(void notes++) });
    await outcome.says(web.key, ['one']);
    await until(() => outcome.ended.length > 0, 'the end');
    expect(notes).toBe(0);
  });
});

describe('a container of which nobody knows anything', () => {
  /** A tailer for which time is set by hand; `isOpen` answers for what it handed on. */
  async function started(isOpen: boolean, minutesLater = 0) {
    let ahead = minutesLater * MINUTE;
    const hasEnded = (log: ContainerLog) => isWitness(log) || undefined;
    const { outcome } = await it.start({ quietMs: 20, now: () => Date.now() + ahead, isOpen: () => isOpen, hasEnded });
    const pass = (minutes: number): Promise<void> => {
      ahead += minutes * MINUTE;
      return settled(outcome);
    };
    return { outcome, pass };
  }

  test.each([
    ['in the middle of a line', true, false],
    ['with a partial line', false, true],
  ])('that ends %s is over after an hour of silence', async (_, isCut, isOpen) => {
    const web = it.kubelet.start();
    web.say('one');
    if (isCut) web.write(`${it.kubelet.time()} stdout F FATAL: `);
    const { outcome, pass } = await started(isOpen);
    await outcome.says(web.key, ['one']);
    await pass(59);
    expect(outcome.ended).toEqual([]);
    await pass(2);
    await until(() => outcome.ended.length > 0, 'it has ended');
    expect(outcome.ended).toEqual([web.key]);
    await outcome.says(web.key, isCut ? ['one', 'FATAL: '] : ['one']);
    // It only waited for an answer: that comes out at once, since its file stays open.
    web.write('yes\n');
    await outcome.says(web.key, isCut ? ['one', 'FATAL: ', 'yes'] : ['one', 'yes']);
  });

  test('that ends with a whole line goes on for ever', async () => {
    const web = it.kubelet.start();
    web.say('one');
    const { outcome, pass } = await started(false);
    await outcome.says(web.key, ['one']);
    for (let i = 0; i < 3; i++) await pass(60);
    expect(outcome.ended).toEqual([]);
  });

  test('the hour counts from the first look at the log, not from its last line: its status may be on its way', async () => {
    const { web } = cutShort();
    const { outcome, pass } = await started(false, 1000);
    await outcome.says(web.key, ['one']);
    await pass(59);
    expect(outcome.ended).toEqual([]);
    await pass(2);
    await until(() => outcome.ended.length > 0, 'it has ended');
    expect(outcome.ended).toEqual([web.key]);
  });
});
