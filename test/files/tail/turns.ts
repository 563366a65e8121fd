/** One container log of real files whose turns a test takes by hand, so that something can happen between any two of them. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { newChain, type Chain } from '../../../src/files/tail/chain.ts';
import { realFs, type Fs } from '../../../src/files/logfile/fs.ts';
import { identify } from '../../../src/files/tail/identify.ts';
import { containerLog, logName } from '../../../src/files/kubelet/logpath.ts';
import { Opener } from '../../../src/files/logfile/opener.ts';
import { newTailedFile, type TailedFile } from '../../../src/files/tail/tailed-file.ts';
import { Resume } from '../../../src/files/tail/resume.ts';
import { takeTurn, type TurnOptions } from '../../../src/files/tail/turn.ts';
import type { Saved } from '../../../src/types.ts';
import { Outcome } from '../follow.ts';

export interface TurnsOptions {
  readonly bufferBytes?: number;
  readonly backlog?: 'all' | 'current' | 'none';
  readonly saved?: readonly Saved[];
  readonly fs?: Partial<Fs>;
  readonly turn?: Partial<TurnOptions>;
}

/** Its first file, unless told: whether it was rotated yet makes no difference to a turn. */
export const OLDEST = '0.log.20261120-010000';

export class Turns {
  readonly dir = fs.mkdtempSync(join(tmpdir(), 'podferry-turns-'));
  readonly outcome = new Outcome();
  readonly chain: Chain;
  readonly turns: TurnOptions;
  /** As readBytes() was told. */
  readBytes = 0;
  readonly #opener: Opener;
  readonly #buffer: Buffer;
  #seconds = 0;

  constructor({ bufferBytes = 64 * 1024, backlog = 'all', saved = [], fs = {}, turn = {} }: TurnsOptions = {}) {
    const { outcome } = this;
    const log = containerLog(this.dir, { namespace: 'n', pod: 'p', uid: 'u' }, 'c', 0);
    this.chain = newChain(log, this.dir, Date.now());
    this.chain.isWalked();
    this.chain.admit('read');
    const opener = new Opener({
      fs: { ...realFs, ...fs },
      log: outcome.log,
      refusal: () => undefined,
      makeRoom: () => undefined,
    });
    this.#opener = opener;
    this.#buffer = Buffer.alloc(bufferBytes);
    this.turns = {
      resume: new Resume({ saved, firstStart: saved.length === 0, damaged: false, backlog }),
      take: (source, lines) => outcome.take(source, lines),
      end: (log) => Promise.resolve(void outcome.ended.push(log.key)),
      gap: (gap) => outcome.gap(gap),
      lost: (reason, bytes, { key }) => void outcome.lost.push({ reason, bytes, key }),
      opened: (source) => outcome.opened(source),
      isOpen: () => false,
      noteEnd: (source) => Promise.resolve(outcome.opened(source)),
      close: (file) => opener.close(file),
      open: (...file) => opener.open(...file),
      origin: { scan: () => Promise.resolve(), refresh: () => Promise.resolve() },
      readBytes: (bytes) => void (this.readBytes += bytes),
      log: outcome.log,
      now: Date.now,
      quietMs: 0,
      ...turn,
    };
    onTestFinished(() => this.remove());
  }

  path(name = OLDEST): string {
    return join(this.dir, name);
  }

  /** A line with a time of its own. */
  line(message: string): string {
    return `2026-11-20T01:00:${String(this.#seconds++).padStart(2, '0')}Z stdout F ${message}\n`;
  }

  /** Appends to a file; answers what it wrote. */
  write(text: string, name?: string): string {
    fs.appendFileSync(this.path(name), text);
    return text;
  }

  /** Opens a file that exists as the newest of the log. */
  open(name = OLDEST): TailedFile {
    const opened = this.#opener.open(this.path(name), name.endsWith('.gz'), this.chain.log);
    if (!('file' in opened)) throw new Error(`${name} cannot be opened`);
    const tailed = newTailedFile(this.chain.log, opened.file, logName(name)!, Date.now(), [this.path(name)]);
    this.chain.add(tailed);
    return tailed;
  }

  /** Another file after all of them, so that they are final. */
  follow(): TailedFile {
    this.write(this.line('the next file'), '0.log');
    return this.open('0.log');
  }

  look(tailed: TailedFile): void {
    tailed.observe(tailed.file!.stat(), Date.now());
  }

  identify(tailed: TailedFile, isFinal = false): Promise<void> {
    return identify(this.turns, this.chain, tailed, this.#buffer, isFinal);
  }

  turn(): Promise<boolean> {
    return takeTurn(this.turns, this.chain, this.#buffer);
  }

  /** Takes turns until there is nothing to do. */
  async rest(): Promise<void> {
    for (let i = 0; i < 50; i++) if (!(await this.turn())) return;
    throw new Error('50 turns, and still something to do');
  }

  get messages(): string[] {
    return this.outcome.messages(this.chain.log.key);
  }

  remove(): void {
    for (const { file } of this.chain.files) if (file) this.#opener.close(file);
    fs.rmSync(this.dir, { recursive: true, force: true });
  }
}
