/**
 * Sources that are known to have existed and are nowhere: they take their place in their chain as readings without a file, so
 * that their loss is told there, before the lines that come after it.
 */
import type { Log, Saved } from '../../types.ts';
import { firstAfter, inOrder, newChain, type Chain } from './chain.ts';
import type { Directory } from '../kubelet/directory.ts';
import { fingerprint } from './head.ts';
import { ghost } from './identify.ts';
import type { Found } from '../kubelet/listing.ts';
import { savedLog } from '../kubelet/logpath.ts';
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
export function missingLogs(options: MissingOptions, chains: Iterable<Chain>): Chain[] {
  const { log, now, resume } = options;
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
    const chain = newChain(savedLog(resume.unclaimed(key)[0]!), '', now());
    Object.assign(chain, { walked: true, named: false, directoryGone: true, admitted: 'read' });
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
    chain.files = inOrder([...chain.files, ghost(chain, { ...saved, unseenUntil: until }, now())]);
  }
}

/**
 * `found` was seen by name and was gone when it was to be opened: its bytes are lost, unless `files`, a later listing, has it
 * under another name.
 */
export function missDeleted(
  options: MissingOptions,
  directory: Directory,
  found: Found,
  files: readonly Found[],
): void {
  const { now, resume } = options;
  const chain = directory.chains.get(found.name.restart);
  if (!chain || found.size === 0 || resume.unclaimed(chain.log.key).length > 0) return;
  if (files.some((each) => each.id === found.id || each.path === `${found.path}.gz`)) return;
  const print = fingerprint(chain.log, Buffer.from(`${found.path} ${found.id} ${found.mtimeMs}`));
  const key = chain.log.key;
  // Dated by its last change, so that a process that tells it again gives it the same id.
  const head = new Date(found.mtimeMs).toISOString();
  const tailed = ghost(chain, { key, fingerprint: print, position: START, size: found.size, head }, now());
  tailed.name = found.name;
  tailed.lossReason = 'deleted_unread';
  chain.files = inOrder([...chain.files, tailed]);
}
