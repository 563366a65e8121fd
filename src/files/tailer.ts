/**
 * The tailer: follows every container log of the node, through rotation, restart and removal, and hands its lines on in order,
 * one buffer a turn. This file joins the parts: links (hints) and sweep (truth) find directories, the inspector opens files,
 * the looker sees growth, the readers take turns, the keeper closes and forgets.
 */
import { basename, dirname, join } from 'node:path';
import type { ContainerLog, End, Gap, Log, LossReason, Saved, Source, Take } from '../types.ts';
import { keepCaps } from './tail/caps.ts';
import type { Chain } from './tail/chain.ts';
import type { Directory } from './kubelet/directory.ts';
import { Links } from './kubelet/links.ts';
import { realFs, type Fs } from './logfile/fs.ts';
import { DirectoryScan } from './kubelet/scan.ts';
import { retire } from './tail/retire.ts';
import type { LogFile } from './logfile/logfile.ts';
import { Poller } from './tail/poller.ts';
import { missingLogs, type MissingOptions } from './tail/missing.ts';
import { Opener } from './logfile/opener.ts';
import { Places } from './kubelet/places.ts';
import { Readers } from './tail/readers.ts';
import { isRead } from './tail/tailed-file.ts';
import { makeRoom } from './tail/released.ts';
import { Resume } from './tail/resume.ts';
import { countsOf, statusOf, type FileCounts, type SourceStatus } from './tail/status.ts';
import { Sweep } from './kubelet/sweep.ts';
import { takeTurn } from './tail/turn.ts';

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
  /** How many buffers of `bufferBytes` there are. */
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
  /** Counts what gap() marks. */
  readonly lost: (reason: LossReason, bytes: number, log: ContainerLog) => void;
  /** Counts gaps of which no size is known: lines that nobody saw may be missing. */
  readonly unseen: (log: ContainerLog) => void;
  /** `wait`: not yet, lines stay on disk; asked again. `never`: its files are not opened. */
  readonly admit: (log: ContainerLog) => 'read' | 'wait' | 'never';
  /** Entries of the checkpoints of a former process. */
  readonly saved: readonly Saved[];
  /** There was no checkpoint file. */
  readonly firstStart: boolean;
  /** The checkpoint file was damaged: entries may be missing. */
  readonly damaged: boolean;
  /** A source is gone and settled: its entry is wanted no more. */
  readonly forget: (fingerprint: string) => void;
  /** A source is known, or more of it is: it is to have an entry that says so. */
  readonly opened: (source: Source) => void;
  readonly log: Log;
  /** Wall clock, ms. */
  readonly now?: () => number;
  /** For tests of failures. */
  readonly fs?: Partial<Fs>;
}

export class Tailer {
  readonly #options: TailerOptions;
  readonly #now: () => number;
  readonly #chains = new Set<Chain>();
  readonly #opener: Opener;
  readonly #resume: Resume;
  readonly #links: Links;
  readonly #inspector: DirectoryScan;
  readonly #sweep: Sweep;
  readonly #looker: Poller;
  readonly #readers: Readers;
  readonly #keepCaps: () => void;
  readonly #keep: () => void;
  readonly #missing: MissingOptions;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #readBytes = 0;
  #sweptOnce = false;
  #toldGone = false;
  #stopping = false;

  constructor(options: TailerOptions) {
    const now = options.now ?? Date.now;
    const fs = { ...realFs, ...options.fs };
    const { log, opened, podsDir, quietMs } = options;
    this.#options = options;
    this.#now = now;
    const chains = this.#chains;
    const resume = (this.#resume = new Resume(options));
    const places = new Places({
      fs,
      podsDir,
      allowedRoots: options.allowedRoots,
      isOthers: (containerId, one) => this.#links.isOthers(containerId, one),
    });
    const opener = (this.#opener = new Opener({
      fs,
      log,
      refusal: (...file) => places.refusal(...file),
      makeRoom: () => makeRoom({ chains, close }),
    }));
    const close = (file: LogFile): void => opener.close(file);
    const admit = (one: ContainerLog): 'read' | 'wait' | 'never' => {
      if (options.ownContainer?.(one)) return 'never';
      const answer = options.admit(one);
      return answer === 'read' && this.#links.expects(one) ? 'wait' : answer;
    };
    const wake = (chain: Chain): void => this.#readers.wake(chain);
    const identity = { resume, opened, close, now };
    this.#missing = { resume, forget: options.forget, log, now };
    this.#links = new Links({
      fs,
      log,
      containersDir: options.containersDir,
      now,
      found: (path, id) => this.#linkFound(path, id),
    });
    this.#inspector = new DirectoryScan({
      ...identity,
      fs,
      log,
      isDockerLog: (real) => places.isDockerLog(real),
      opener,
      quietMs,
      chains,
      admit,
      wake,
      containerId: (path) => this.#links.containerId(path),
      forget: options.forget,
    });
    this.#sweep = new Sweep({ fs, log, podsDir, now, scan: (directory) => this.#inspector.scan(directory) });
    this.#looker = new Poller({
      fs,
      chains,
      now,
      quietMs,
      sweepMs: options.sweepMs,
      admit,
      wake,
      grows: (chain) => void this.#refresh(this.#sweep.directories.get(chain.directory)),
      puzzled: (chain) => void this.#inspect(this.#sweep.directories.get(chain.directory)),
    });
    const turn = {
      ...identity,
      take: options.take,
      end: options.end,
      gap: options.gap,
      lost: options.lost,
      unseen: options.unseen,
      log,
      quietMs,
      inspect: (path: string) => this.#inspect(this.#sweep.directories.get(path)),
      refresh: (path: string) => this.#refresh(this.#sweep.directories.get(path)),
      open: (...file: Parameters<Opener['open']>) => opener.open(...file),
      readBytes: (bytes: number) => void (this.#readBytes += bytes),
    };
    this.#readers = new Readers({
      readers: options.readers,
      bufferBytes: options.bufferBytes,
      turn: (chain, buffer) => takeTurn(turn, chain, buffer),
    });
    this.#keepCaps = () =>
      keepCaps({
        chains,
        pinnedBytes: options.pinnedBytes,
        pinnedAgeMs: options.pinnedAgeMs,
        now,
        lost: options.lost,
        inspect: turn.inspect,
        close,
        wake,
        log,
      });
    this.#keep = () =>
      retire({
        chains,
        directories: this.#sweep.directories,
        resume,
        now,
        quietMs,
        admit,
        forget: options.forget,
        opened,
        close,
        wake,
      });
  }

  /** Begins to read. Resolves when everything that exists now was seen once. */
  async start(): Promise<void> {
    this.#readers.start();
    this.#sweeping = this.#sweepOnce();
    await this.#sweeping;
    if (this.#stopping) return;
    this.#looker.start();
    this.#schedule();
  }

  /** Reads no more. Resolves when what was handed on is taken or refused, and all files are closed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#looker.stop();
    await Promise.all([this.#readers.stop(), this.#links.stop(), this.#sweeping, this.#inspector.idle()]);
    for (const chain of this.#chains) {
      for (const tailed of chain.files) if (tailed.file) this.#opener.close(tailed.file);
      chain.files = [];
    }
  }

  /** A hint that there is something new: at a log, a container's directory, or (without a path) anywhere. */
  look(path?: string): void {
    if (path !== undefined) {
      const directory = this.#sweep.directory(path) ?? this.#sweep.directory(dirname(path));
      void this.#inspect(directory); // As in #refresh.
      return;
    }
    clearTimeout(this.#timer);
    this.#sweeping = this.#sweeping.then(() => this.#sweepOnce()).then(() => this.#schedule());
  }

  /** A line per source. */
  status(): SourceStatus[] {
    return statusOf(this.#chains, this.#unseen());
  }

  /**
   * When this log was last known to have nothing left to read, ms: only what was written after that can still come. Looks
   * at it now; what a listing has not shown yet (a file rotated in a moment ago) counts from the last listing.
   */
  emptyAt(log: ContainerLog): number {
    const now = this.#now();
    const chain = this.#chainOf(log.path, log.restart);
    if (!chain) return now;
    this.#looker.poll(chain);
    if (!chain.walked || chain.busy || !chain.files.every(isRead)) return chain.emptyAt;
    const directory = this.#sweep.directories.get(chain.directory);
    const listed = !directory || !this.#sweep.isDue(directory) ? now : directory.listedAt;
    // Files that are closed to make room are looked at more seldom.
    const seen = chain.files.map(({ lookedAt, released }) => (released === undefined ? now : lookedAt));
    return (chain.emptyAt = Math.max(chain.emptyAt, Math.min(listed, ...seen)));
  }

  get counts(): FileCounts {
    return {
      ...countsOf(this.#chains, this.#unseen(), this.#now()),
      readBytes: this.#readBytes,
      openFiles: this.#opener.openFiles,
      skipped: this.#inspector.skipped,
    };
  }

  /** Why pods_dir cannot be listed; '' if it can. */
  get blind(): string {
    return this.#sweep.unseen.get(this.#options.podsDir) ?? '';
  }

  #unseen(): Map<string, string> {
    const unseen = new Map(this.#sweep.unseen);
    for (const directory of this.#sweep.directories.values()) {
      if (directory.trouble) unseen.set(directory.path, directory.trouble);
      for (const [path, why] of directory.unseen) unseen.set(path, why);
    }
    return unseen;
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
    this.#links.sweep();
    const complete = await this.#sweep.run();
    if (this.#stopping) return;
    this.#sweptOnce = true;
    if (complete && !this.#toldGone) {
      this.#toldGone = true;
      for (const chain of missingLogs(this.#missing, this.#chains)) {
        this.#chains.add(chain);
        this.#readers.wake(chain);
      }
    }
    this.#resume.firstSweepDone();
    this.#keepCaps();
    this.#keep();
  }

  #linkFound(log: string, containerId: string | undefined): void {
    const path = join(this.#options.podsDir, log);
    const chain = this.#chainOf(path, Number.parseInt(basename(path), 10));
    if (chain) {
      chain.log.containerId = containerId ?? chain.log.containerId;
      this.#looker.poll(chain);
    }
    if (this.#sweptOnce) this.look(path);
  }

  #chainOf(path: string, restart: number): Chain | undefined {
    return this.#sweep.directories.get(dirname(path))?.chains.get(restart);
  }

  /** Failures of the environment are dealt with inside; a bug crashes. */
  async #refresh(directory: Directory | undefined): Promise<void> {
    if (directory && this.#sweep.isDue(directory)) await this.#inspect(directory);
  }

  async #inspect(directory: Directory | undefined): Promise<void> {
    if (directory && !this.#stopping) await this.#inspector.scan(directory);
  }
}
