/** Runs a tailer against a fake kubelet and keeps what it hands on, as the stages behind it would: in order, per log. */
import type { ContainerLog, Gap, Lines, Log, Position, Saved, Source } from '../../src/types.ts';
import { Tailer, type TailerOptions } from '../../src/files/tailer.ts';
import type { FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';

export interface Lost {
  readonly reason: string;
  readonly bytes: number;
  readonly key: string;
}

/** What came out, and what a checkpoint file would hold. */
export class Outcome {
  /** Everything handed on, per log, in the order in which it came. A gap shows as a line `<gap reason bytes>`. */
  readonly text = new Map<string, string>();
  readonly lost: Lost[] = [];
  readonly gaps: Gap[] = [];
  /** Logs of which lines that nobody saw may be missing, as they were counted. */
  readonly unseen: string[] = [];
  readonly ended: string[] = [];
  readonly said: string[] = [];
  readonly logs = new Map<string, ContainerLog>();
  readonly sources: Source[] = [];
  readonly pieces: { source: Source; at: number; end: number; goesOn: boolean; last: boolean }[] = [];
  /** Entries of the checkpoints, by fingerprint. */
  readonly saved = new Map<string, Saved>();
  /** Settle what is taken at once. */
  settles = true;
  /** While set, take() waits: the sink is stuck. */
  stuck: Promise<void> | undefined;
  readonly #busy = new Set<string>();
  /** Where a line that goes on began. */
  readonly #longFrom = new Map<Source, number>();

  async take(source: Source, lines: Lines): Promise<void> {
    const { key } = source.log;
    if (this.#busy.has(key)) throw new Error(`take() overlaps for ${key}`);
    if (lines.end > lines.bytes.length) throw new Error('lines beyond the buffer');
    this.#busy.add(key);
    const text = lines.bytes.toString('utf8', 0, lines.end);
    await this.stuck;
    if (lines.bytes.toString('utf8', 0, lines.end) !== text)
      throw new Error('borrowed bytes changed before take() ended');
    this.logs.set(key, source.log);
    this.pieces.push({ source, at: lines.at, end: lines.end, goesOn: lines.goesOn, last: lines.last });
    // A line that nothing will end any more is one all the same.
    this.#add(key, lines.last && !text.endsWith('\n') ? `${text}\n` : text);
    this.#busy.delete(key);
    // Of a line that goes on nothing is acknowledged.
    if (lines.goesOn) this.#longFrom.set(source, this.#longFrom.get(source) ?? lines.at);
    else this.#longFrom.delete(source);
    const offset = this.#longFrom.get(source) ?? lines.at + lines.end;
    if (this.settles) this.settle(source, { out: offset, err: offset, time: '' });
  }

  /** As the ledger and the checkpoints do: of two sources with one fingerprint only the later one has an entry. */
  settle(source: Source, position: Position): void {
    source.committed = position;
    const successor = this.sources.findLast((each) => each.fingerprint === source.fingerprint);
    if (successor === undefined || successor === source) this.opened(source);
  }

  opened(source: Source): void {
    if (!this.sources.includes(source)) this.sources.push(source);
    const { log, fingerprint, committed: position, size, head, unseenUntil, endsAt } = source;
    const entry = { key: log.key, path: log.path, fingerprint, position, size, head, unseenUntil, endsAt };
    this.saved.set(fingerprint, entry);
  }

  gap(gap: Gap): Promise<void> {
    this.gaps.push(gap);
    this.#add(gap.source.log.key, `<gap ${gap.reason} ${gap.bytes}>\n`);
    const over = gap.offset + gap.bytes;
    if (this.settles) this.settle(gap.source, { out: over, err: over, time: gap.time });
    return Promise.resolve();
  }

  /** The messages of a log's complete lines, without their CRI headers. */
  messages(key: string): string[] {
    const text = this.text.get(key) ?? '';
    return text
      .slice(0, text.lastIndexOf('\n') + 1)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replace(/^\S+ std(?:out|err) [FP] /, ''));
  }

  /** Waits until exactly these messages came. */
  async says(key: string, messages: string[], timeoutMs?: number): Promise<void> {
    const isThere = (): boolean => this.messages(key).length >= messages.length;
    await until(isThere, `${messages.length} messages of ${key}`, timeoutMs).catch((error: Error) => {
      throw new Error(`${error.message}; there are ${JSON.stringify(this.messages(key).slice(-5))}`);
    });
    const said = this.messages(key);
    if (said.join('\n') !== messages.join('\n')) {
      throw new Error(`expected ${JSON.stringify(messages)}, got ${JSON.stringify(said)}`);
    }
  }

  readonly log: Log = {
    info: (message) => void this.said.push(message),
    warn: (message) => void this.said.push(message),
    error: (message) => void this.said.push(message),
    throttled: (_key, message) => void this.said.push(message),
  };

  #add(key: string, text: string): void {
    this.text.set(key, (this.text.get(key) ?? '') + text);
  }
}

/** A tailer with short times; what it hands on goes to `outcome`. */
export function newTailer(kubelet: FakeKubelet, outcome: Outcome, options: Partial<TailerOptions> = {}): Tailer {
  return new Tailer({
    podsDir: kubelet.podsDir,
    containersDir: kubelet.containersDir,
    allowedRoots: [],
    backlog: 'all',
    sweepMs: 20,
    outputs: ['default'],
    outputOf: () => 'default',
    readers: 2,
    bufferBytes: 256 * 1024,
    quietMs: 100,
    pinnedBytes: 1e9,
    pinnedAgeMs: 1e9,
    take: (source, lines) => outcome.take(source, lines),
    end: (log) => Promise.resolve(void outcome.ended.push(log.key)),
    gap: (gap) => outcome.gap(gap),
    isOpen: () => false,
    hasEnded: () => undefined,
    noteEnd: (source) => Promise.resolve(outcome.opened(source)),
    lost: (reason, bytes, log) => void outcome.lost.push({ reason, bytes, key: log.key }),
    unseen: (log) => void outcome.unseen.push(log.key),
    admit: () => 'read',
    reach: () => undefined,
    saved: [],
    firstStart: true,
    damaged: false,
    forget: (fingerprint) => void outcome.saved.delete(fingerprint),
    opened: (source) => outcome.opened(source),
    log: outcome.log,
    ...options,
  });
}

/** Starts a tailer, as a new process that finds the checkpoints of `former`. */
export async function follow(
  kubelet: FakeKubelet,
  options: Partial<TailerOptions> = {},
  former?: Outcome,
  outcome = new Outcome(),
): Promise<{ tailer: Tailer; outcome: Outcome }> {
  const saved = [...(former?.saved.values() ?? [])];
  for (const each of saved) outcome.saved.set(each.fingerprint, each);
  const tailer = newTailer(kubelet, outcome, { ...(former ? { saved, firstStart: false } : {}), ...options });
  await tailer.start();
  return { tailer, outcome };
}
