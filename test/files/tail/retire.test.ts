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
import { session } from '../session.ts';

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
