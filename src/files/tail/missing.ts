/**
 * Sources that are known to have existed and are nowhere: they take their place in their chain as tailed files without a file, so
 * that their loss is told there, before the lines that come after it.
 */
import type { Log, Saved } from '../../types.ts';
import { firstAfter, newChain, type Chain } from './chain.ts';
import type { Directory } from './directory.ts';
import type { FileName } from './file-name.ts';
import type { FoundFile } from './found-file.ts';
import { fingerprint, instant } from './head.ts';
import { newSource } from './identify.ts';
import type { Origin } from './origin.ts';
import { newTailedFile, type TailedFile } from './tailed-file.ts';
import { instanceOf, START, startOf, type Resume } from './resume.ts';

export interface MissingOptions {
  readonly resume: Resume;
  readonly forget: (fingerprint: string) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Every file of a log that is there is known: entries that none of them claimed are of files that are gone. */
export function missUnclaimed(options: MissingOptions, chain: Chain): void {
  if (chain.admitted === 'never') return;
  miss(options, chain, (saved) => (chain.named ? firstAfter(chain, saved.head) : undefined));
}

/** Logs that a former process knew and of which nothing is on disk any more; only those that lost something. */
export function missingLogs(
  options: MissingOptions & { readonly origin: Pick<Origin, 'logOf'> },
  chains: Iterable<Chain>,
): Chain[] {
  const { log, now, origin, resume } = options;
  const found = new Set<string>();
  /** Of each container the oldest instance on disk: nothing older is. */
  const oldest = new Map<string, Chain>();
  for (const chain of chains) {
    found.add(chain.log.key);
    const { container, restart } = instanceOf(chain.log.key);
    if (chain.named && restart < (oldest.get(container)?.log.restart ?? Infinity)) oldest.set(container, chain);
  }
  const missing: Chain[] = [];
  let silent = 0;
  for (const key of resume.keys()) {
    if (found.has(key)) continue;
    const chain = newChain(origin.logOf(resume.unclaimed(key)[0]!), '', now());
    chain.isComplete();
    const { container, restart } = instanceOf(key);
    const next = oldest.get(container);
    // Of an instance that came after it there are files: its container went on.
    const goesOn = next !== undefined && next.log.restart > restart && next.admitted !== 'never';
    // Or it was behind when the agent ended: what is lost of it may be more than was seen.
    miss(options, chain, ({ position, size }) =>
      goesOn ? firstAfter(next, '') : startOf(position) < size ? '' : undefined,
    );
    if (chain.files.length > 0) missing.push(chain);
    else silent++;
  }
  if (silent > 0) {
    log.info(
      `${silent} container ${silent === 1 ? 'log' : 'logs'} read to the end ${silent === 1 ? 'is' : 'are'} gone since podferry ` +
        'ran last: what was written there after that, if anything, nobody saw.',
    );
  }
  return missing;
}

/**
 * Takes up the entries that no file claimed.
 * @param firstOnDisk the time of the first line that the container wrote after an entry's file and that is still there ('' =
 * there is one, with no time in it); undefined if the container is not known to have written any
 */
function miss(options: MissingOptions, chain: Chain, firstOnDisk: (saved: Saved) => string | undefined): void {
  const { forget, now, resume } = options;
  for (const saved of resume.takeUnclaimed(chain.log.key)) {
    const until = saved.unseenUntil ?? (resume.isNewest(saved) ? firstOnDisk(saved) : undefined);
    if (until === undefined && startOf(saved.position) >= saved.size) {
      forget(saved.fingerprint);
      continue;
    }
    chain.add(newGhost(chain, { ...saved, unseenUntil: until }, now()));
  }
}

/**
 * `found` was seen by name and could not be opened before it was gone: its bytes are lost, unless `files`, a later listing, has it,
 * under whatever name.
 */
export function missDeleted(
  options: MissingOptions,
  directory: Directory,
  found: FoundFile,
  files: readonly FoundFile[],
): void {
  const { now, resume } = options;
  const chain = directory.chains.get(found.name.restart);
  if (!chain || resume.unclaimed(chain.log.key).length > 0) return;
  if (files.some((each) => each.id === found.id || each.path === `${found.path}.gz`)) return;
  if (found.size === 0 || mayBePacked(found, files)) {
    // Of a log that goes on the next listings tell.
    const isThere = chain.files.length > 0 || files.some(({ path }) => path === found.path);
    if (!isThere || found.size > 0) missUnopened(options, chain, found.mtimeMs || now());
    return;
  }
  const print = fingerprint(chain.log, { bytes: `${found.path} ${found.id} ${found.mtimeMs}` });
  const key = chain.log.key;
  // Dated by its last change, so that a process that tells it again gives it the same id.
  const head = new Date(found.mtimeMs).toISOString();
  const entry = { key, fingerprint: print, position: START, size: found.size, head };
  const tailed = newGhost(chain, entry, now(), found.name);
  tailed.isLostBecause('deleted_unread');
  chain.add(tailed);
}

/** It was `n.log`, and may have been renamed and compressed since it was listed. */
function mayBePacked({ mtimeMs, name }: FoundFile, files: readonly FoundFile[]): boolean {
  const isLater = (each: FoundFile): boolean => each.name.restart === name.restart && each.mtimeMs >= mtimeMs;
  return name.suffix === '' && files.some((each) => each.name.gz && isLater(each));
}

/**
 * A log, or a file of it, was seen by name and is gone before it could be opened: what is missing is unknown. An unseen gap.
 * @param at when it was there, ms since 1970
 */
export function missUnopened({ now }: Pick<MissingOptions, 'now'>, chain: Chain, at = now()): void {
  if (chain.admitted === 'never') return;
  const { key, path } = chain.log;
  const head = new Date(at).toISOString();
  const print = fingerprint(chain.log, { bytes: `${path} ${head}` });
  const entry = { key, fingerprint: print, position: START, size: 0, head, unseenUntil: '' };
  const tailed = newGhost(chain, entry, now());
  tailed.isLostBecause('deleted_unread');
  chain.add(tailed);
}

/** The tailed file of a source that is known from an entry and that no file holds any more. */
function newGhost(chain: Chain, saved: Saved, now: number, name?: FileName): TailedFile {
  const { fingerprint: print, head, position, size, unseenUntil } = saved;
  const tailed = newTailedFile(
    chain.log,
    undefined,
    name ?? { restart: chain.log.restart, suffix: '0', gz: false },
    now,
  );
  const source = { ...newSource(chain.log, print, position, saved, head, size), unseenUntil };
  tailed.becomes(source, instant(head), size, startOf(position), false);
  tailed.names.listingEnds(now);
  return tailed;
}
