/**
 * The tailer: follows every container log of the node, through rotation, restart and removal, and hands its lines on in order,
 * one buffer a turn. This file joins the parts: kubelet/ knows where files lie and lists them, tail/ matches them with what is
 * known, the poller sees growth, the readers take turns, and after every sweep caps are kept and what is over is retired.
 */
import type { ContainerLog, End, Gap, Log, LossReason, Saved, Source, Take } from '../types.ts';
import { KubeletLogs } from './kubelet/kubelet-logs.ts';
import { placeOf } from './kubelet/logpath.ts';
import { realFs, type Fs } from './logfile/fs.ts';
import type { LogFile } from './logfile/logfile.ts';
import { Opener } from './logfile/opener.ts';
import type { ReachOf } from './tail/backlog.ts';
import { keepCaps, type CapsOptions } from './tail/caps.ts';
import type { Admission, Chain } from './tail/chain.ts';
import { Matcher } from './tail/match.ts';
import { missingLogs } from './tail/missing.ts';
import { Poller } from './tail/poller.ts';
import { isRead } from './tail/progress.ts';
import { Readers } from './tail/readers.ts';
import { makeRoom } from './tail/released.ts';
import { Resume } from './tail/resume.ts';
import { retire, type RetireOptions } from './tail/retire.ts';
import { countsOf, statusOf, type FileCounts, type SourceStatus } from './tail/status.ts';
import { takeTurn, type TurnOptions } from './tail/turn.ts';

export interface TailerOptions {
  /** `logs.pods_dir` and `logs.containers_dir`. */
  readonly podsDir: string;
  readonly containersDir: string;
  /** Where else a link may lead: Docker keeps the files in /var/lib/docker/containers. */
  readonly allowedRoots: readonly string[];
  /** What is read on the first start of what exists then. */
  readonly backlog: 'all' | 'current' | 'none';
  /** Time between two sweeps, ms. */
  readonly sweepMs: number;
  /** The names of all outputs. What waits of logs of which nobody knows yet where they go counts for the first one. */
  readonly outputs: readonly [string, ...string[]];
  /** Which of them a log goes to. Asked once, when it may be read. */
  readonly outputOf: (log: ContainerLog) => string;
  /** How many buffers of `bufferBytes` there are for each output. */
  readonly readers: number;
  readonly bufferBytes: number;
  /** A file that was not modified for this long (ms) and has a successor is done. */
  readonly quietMs: number;
  /** Caps on files that were deleted while unread: bytes on the disk in all, ms each. */
  readonly pinnedBytes: number;
  readonly pinnedAgeMs: number;
  /** The agent's own log, which must not be shipped in a loop. */
  readonly ownContainer?: (log: ContainerLog) => boolean;
  /** A rejection when not stopping is a bug and crashes the process: stop() first, then whatever refuses. */
  readonly take: Take;
  readonly end: End;
  readonly gap: (gap: Gap) => Promise<void>;
  /** Whether something of this log that was taken may still go on, so that it is held back. */
  readonly isOpen: (log: ContainerLog) => boolean;
  /** Counts what gap() marks. */
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  /** How far what take() handed on has come. */
  readonly reach: ReachOf;
  /** Counts gaps of which no size is known: lines that nobody saw may be missing. */
  readonly unseen: (log: ContainerLog) => void;
  /** `wait`: not yet, lines stay on disk; asked again. `never`: its files are not opened. */
  readonly admit: (log: ContainerLog) => Admission;
  /** Has the container instance that wrote this log ended? Undefined: nobody knows. */
  readonly hasEnded: (log: ContainerLog) => boolean | undefined;
  /** Entries of the checkpoints of a former process. */
  readonly saved: readonly Saved[];
  /** There was no checkpoint file. */
  readonly firstStart: boolean;
  /** The checkpoint file was damaged: entries may be missing. */
  readonly damaged: boolean;
  /** A source is gone and acknowledged: its entry is wanted no more. */
  readonly forget: (fingerprint: string) => void;
  /** A source is known, or more of it is: it is to have an entry that says so. */
  readonly opened: (source: Source) => void;
  /** The same, and its entry is to be on disk: resolves when that is so, or cannot be. */
  readonly noteEnd: (source: Source) => Promise<void>;
  readonly log: Log;
  /** Wall clock, ms. */
  readonly now?: () => number;
  /** For tests of failures. */
  readonly fs?: Partial<Fs>;
}

export class Tailer {
  readonly #options: TailerOptions;
  readonly #chains = new Set<Chain>();
  /** What the parts need of each other. */
  readonly #parts: TurnOptions & RetireOptions & CapsOptions;
  readonly #opener: Opener;
  readonly #origin: KubeletLogs;
  readonly #matcher: Matcher;
  readonly #poller: Poller;
  readonly #readers: Readers;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #readBytes = 0;
  #toldGone = false;
  #stopping = false;

  constructor(options: TailerOptions) {
    const fs = { ...realFs, ...options.fs };
    const { log, now = Date.now } = options;
    const chains = this.#chains;
    const close = (file: LogFile): void => this.#opener.close(file);
    this.#options = options;
    this.#opener = new Opener({
      fs,
      log,
      refusal: (...file) => this.#origin.refusal(...file),
      makeRoom: () => makeRoom({ chains, close }),
    });
    const resume = new Resume(options);
    const admit = (one: ContainerLog): Admission => this.#admit(one);
    const wake = (chain: Chain): void => this.#readers.wake(chain);
    const containerId = (path: string): string | undefined => this.#origin.containerId(path);
    const opener = this.#opener;
    this.#matcher = new Matcher({
      ...options,
      opener,
      chains,
      now,
      resume,
      admit,
      close,
      wake,
      origin: { containerId },
    });
    this.#origin = new KubeletLogs({
      ...options,
      fs,
      now,
      taker: this.#matcher,
      linked: (chain) => this.#poller.poll(chain),
    });
    this.#parts = {
      ...options,
      chains,
      now,
      origin: this.#origin,
      resume,
      admit,
      open: (...file) => opener.open(...file),
      close,
      wake,
      readBytes: (bytes) => void (this.#readBytes += bytes),
    };
    this.#poller = new Poller({
      ...this.#parts,
      fs,
      reach: options.reach,
      sweepMs: options.sweepMs,
      grows: ({ directory }) => void this.#origin.refresh(directory),
      puzzled: ({ directory }) => void this.#origin.scan(directory),
    });
    this.#readers = new Readers({
      ...options,
      outputOf: (chain) => this.#outputOf(chain),
      turn: (chain, buffer) => takeTurn(this.#parts, chain, buffer),
    });
  }

  /** Begins to read. Resolves when everything that exists now was seen once. */
  async start(): Promise<void> {
    this.#readers.start();
    this.#sweeping = this.#sweepOnce();
    await this.#sweeping;
    if (this.#stopping) return;
    this.#poller.start();
    this.#schedule();
  }

  /**
   * Reads no more. Resolves when what was handed on is taken or refused, and all files are closed.
   * @param stopped told of each output when nothing more is handed on for it; what it does is waited for
   */
  async stop(stopped?: (output: string) => Promise<void>): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#poller.stop();
    await Promise.all([this.#readers.stop(stopped), this.#origin.stop(), this.#sweeping]);
    for (const chain of this.#chains) {
      for (const { file } of chain.files) if (file) this.#opener.close(file);
      chain.remove(() => true);
    }
  }

  /** A hint that there is something new: at a log, a container's directory, or (without a path) anywhere. */
  look(path?: string): void {
    if (path !== undefined) {
      void this.#origin.look(path);
      return;
    }
    clearTimeout(this.#timer);
    this.#sweeping = this.#sweeping.then(() => this.#sweepOnce()).then(() => this.#schedule());
  }

  /** A line per source. */
  status(): SourceStatus[] {
    return statusOf(this.#chains, this.#origin.unseen, placeOf);
  }

  /**
   * When this log was last known to have nothing left to read, ms since 1970: only what was written after that can still come.
   * Looks at it now; what a scan has not shown yet (a file rotated in a moment ago) counts from the last listing.
   */
  emptyAt(log: ContainerLog): number {
    const now = this.#parts.now();
    const chain = this.#origin.chainOf(log.path);
    if (!chain) return now;
    this.#poller.poll(chain);
    if (!chain.walked || chain.queueing.busy || !chain.files.every(isRead)) return chain.emptyAt;
    // Files that are closed to make room are looked at more seldom.
    const seen = chain.files.map(({ disk, released }) => (released === undefined ? now : disk.lookedAt));
    chain.wasEmpty(Math.min(now, this.#origin.seenAt(chain.directory), ...seen));
    return chain.emptyAt;
  }

  get counts(): FileCounts {
    return {
      ...countsOf(this.#chains, this.#origin.unseen, this.#options, this.#parts.now()),
      readBytes: this.#readBytes,
      openFiles: this.#opener.openFiles,
      skipped: this.#matcher.skipped,
    };
  }

  /** Why pods_dir cannot be listed; '' if it can. */
  get blind(): string {
    return this.#origin.blind;
  }

  #outputOf(chain: Chain): string | undefined {
    if (chain.admitted === 'read' && chain.output === undefined) chain.goesTo(this.#options.outputOf(chain.log));
    return chain.output;
  }

  #admit(log: ContainerLog): Admission {
    if (this.#options.ownContainer?.(log)) return 'never';
    const answer = this.#options.admit(log);
    return answer === 'read' && this.#origin.expectsLink(log) ? 'wait' : answer;
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#stopping) return;
    this.#timer = setTimeout(() => {
      this.#sweeping = this.#sweepOnce().then(() => this.#schedule());
    }, this.#options.sweepMs);
  }

  async #sweepOnce(): Promise<void> {
    if (this.#stopping) return;
    const complete = await this.#origin.sweep();
    if (this.#stopping) return;
    if (complete && !this.#toldGone) {
      this.#toldGone = true;
      for (const chain of missingLogs({ ...this.#parts, origin: this.#origin }, this.#chains)) {
        this.#chains.add(chain);
        this.#readers.wake(chain);
      }
    }
    this.#parts.resume.firstSweepDone();
    keepCaps(this.#parts);
    retire(this.#parts);
  }
}
