/** What is done with files that are done. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newChain } from '../../../src/files/tail/chain.ts';
import { realFs } from '../../../src/files/logfile/fs.ts';
import { retire } from '../../../src/files/tail/retire.ts';
import { openLog, PlainFile } from '../../../src/files/logfile/logfile.ts';
import { containerLog } from '../../../src/files/kubelet/logpath.ts';
import { newTailedFile, type TailedFile } from '../../../src/files/tail/tailed-file.ts';
import { Resume } from '../../../src/files/tail/resume.ts';
import { settleSuspicion } from '../../../src/files/tail/truncation.ts';
import { session } from '../session.ts';
import { OLDEST, Turns } from './turns.ts';

const it = session();
const QUIET_MS = 100;

test('a line written between the last look at a file and its closing: it stays open and is read', () => {
  const web = it.kubelet.start();
  const name = { namespace: 'shop', pod: 'web', uid: web.uid };
  const log = containerLog(web.directory, name, 'web', 0);
  const chain = newChain(log, web.directory, 0);
  const held: TailedFile[] = [];
  for (const [i, text] of ['one', 'two', 'three'].entries()) {
    const path = join(web.directory, `0.log.2026010${i}-000000`);
    fs.writeFileSync(path, `${it.kubelet.time()} stdout F ${text}\n`);
    const file = new PlainFile(
      realFs,
      openLog(realFs, path, () => undefined),
    );
    const tailed = newTailedFile(log, file, { restart: 0, suffix: `2026010${i}-000000`, gz: false }, 0, [path]);
    tailed.cursor.handsOn(tailed.size);
    tailed.cursor.handedOn(false);
    tailed.finished();
    held.push(tailed);
    chain.add(tailed);
  }
  chain.admit('read');
  const [old] = held;
  const before = old!.size;
  const woken: unknown[] = [];
  let now = Date.now();
  const keep = (): void =>
    retire({
      chains: new Set([chain]),
      origin: { directories: new Map(), forget: () => undefined },
      resume: new Resume({ saved: [], firstStart: false, damaged: false, backlog: 'all' }),
      now: () => now,
      quietMs: QUIET_MS,
      admit: () => 'read',
      hasEnded: () => undefined,
      isOpen: () => false,
      forget: () => undefined,
      opened: () => undefined,
      close: (file) => file.close(),
      wake: (one) => void woken.push(one),
    });
  // Fresh: for late writers.
  keep();
  expect(old!.file).toBeDefined();
  fs.appendFileSync(old!.names.paths[0]!, 'late\n');
  now += 100 * QUIET_MS;
  keep();
  expect(old!.file).toBeDefined();
  expect([old!.done, old!.size, woken]).toEqual([false, before + 5, [chain]]);
  // Read, and quiet again.
  old!.cursor.handsOn(old!.size);
  old!.cursor.handedOn(false);
  old!.finished();
  keep();
  expect(old!.file).toBeUndefined();
  expect([...chain.known.values()].map((known) => known.size)).toEqual([before + 5]);
  for (const { file } of held) file?.close();
});

/** A file that is truncated after a look saw it and before anybody found out who it is. The sink is stuck, so its turn is far off. */
function truncatedUnknown() {
  const one = new Turns();
  const text = one.write(one.line('one') + one.line('two'));
  const tailed = one.open();
  fs.writeFileSync(one.path(), one.line('three'));
  one.look(tailed);
  settleSuspicion(one.chain, tailed, Date.now());
  expect([tailed.file, tailed.source]).toEqual([undefined, undefined]);
  const sweep = (): void =>
    retire({
      ...{ ...one.turns, chains: new Set([one.chain]), origin: { directories: new Map(), forget: () => undefined } },
      ...{ quietMs: QUIET_MS, admit: () => 'read', hasEnded: () => undefined },
      ...{ forget: () => undefined, wake: () => undefined },
    });
  return { one, tailed, text, sweep };
}

test('truncated before it was known who it is: a process that dies now leaves word of how much was in it', async () => {
  const { one, tailed, text, sweep } = truncatedUnknown();
  sweep();
  expect([...one.outcome.saved.values()]).toMatchObject([{ size: text.length, position: { out: 0, err: 0 } }]);
  expect(one.outcome.saved.has(tailed.source!.fingerprint)).toBe(true);
  await one.rest();
  expect(one.outcome.lost).toMatchObject([{ reason: 'truncated', bytes: text.length }]);
  expect(one.messages).toEqual([`<gap truncated ${text.length}>`, 'three']);
});

test('and if a copy of it is found after that, it is read there and nothing is lost', async () => {
  const { one, text, sweep } = truncatedUnknown();
  sweep();
  fs.writeFileSync(one.path('0.log.20261120-020000'), text);
  await one.identify(one.open('0.log.20261120-020000'), true);
  await one.rest();
  expect([one.outcome.lost, one.messages]).toEqual([[], ['one', 'two', 'three']]);
});

test('nor if the copy was there before', async () => {
  const { one, text, sweep } = truncatedUnknown();
  fs.writeFileSync(one.path(`${OLDEST}.1`), text);
  await one.identify(one.open(`${OLDEST}.1`), true);
  sweep();
  await one.rest();
  expect([one.outcome.lost, one.messages.toSorted()]).toEqual([[], ['one', 'three', 'two']]);
});
