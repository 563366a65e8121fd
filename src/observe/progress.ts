/**
 * The progress of a long replay in one line at the bottom of a terminal: how much of how much, how fast, and the time left.
 *
 * The line is redrawn in place and removed at the end. It does not appear in the first half second. Other output to the same
 * terminal must be printed within aside(), so that the two do not mix.
 */
import type { Log } from '../types.ts';
import { bytes, duration } from '../util/human.ts';

export interface ProgressOptions {
  /** Writes to the terminal at once. */
  readonly write: (text: string) => void;
  /** Columns of the terminal. A longer line would wrap and could not be removed. */
  readonly width: () => number;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

const SILENT_MS = 500;
const REDRAW_MS = 200;
/** The rate is measured over the last seconds, so that it follows a sink that slows down. */
const RATE_WINDOW_MS = 5000;
const ERASE = '\r\x1b[K';

export class Progress {
  readonly #options: ProgressOptions;
  readonly #started: number;
  /** [time, bytes done] of earlier drawings within the rate window. */
  #past: [number, number][];
  #done = 0;
  #total = 0;
  #drawn = false;
  #aside = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#started = options.now();
    this.#past = [[this.#started, 0]];
  }

  /** Begins to draw. The timer does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** Says that `done` of `total` bytes are done. 0 = the total is unknown, as for stdin. */
  at(done: number, total: number): void {
    this.#done = done;
    this.#total = total;
  }

  /** Redraws the line, unless it is too early or hidden. */
  draw(): void {
    const now = this.#options.now();
    if (this.#aside > 0 || now - this.#started < SILENT_MS) return;
    this.#past = this.#past.filter(([time], i) => now - time < RATE_WINDOW_MS || i === this.#past.length - 1);
    const [time, before] = this.#past[0]!;
    const perSecond = now > time ? ((this.#done - before) / (now - time)) * 1000 : 0;
    this.#past.push([now, this.#done]);
    this.#options.write(ERASE + progressLine(this.#done, this.#total, perSecond).slice(0, this.#options.width() - 1));
    this.#drawn = true;
  }

  /** Removes the line while `print` writes to the same terminal. */
  async aside(print: () => Promise<void>): Promise<void> {
    this.#aside++;
    this.#erase();
    try {
      await print();
    } finally {
      this.#aside--;
    }
  }

  /** The same log, which removes the line before it prints. */
  around(log: Log): Log {
    const cleared =
      <A extends unknown[]>(say: (...words: A) => void) =>
      (...words: A): void => {
        this.#erase();
        say(...words);
      };
    return {
      info: cleared((message, fields) => log.info(message, fields)),
      warn: cleared((message, fields) => log.warn(message, fields)),
      error: cleared((message, fields) => log.error(message, fields)),
      throttled: cleared((key, message, fields) => log.throttled(key, message, fields)),
    };
  }

  /** Removes the line and draws no more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#aside = Infinity;
    this.#erase();
  }

  #erase(): void {
    if (this.#drawn) this.#options.write(ERASE);
    this.#drawn = false;
  }
}

/** ` 42 %  1.3 GiB of 3.1 GiB  184 MiB/s  10 s left`, without what is unknown. */
export function progressLine(done: number, total: number, perSecond: number): string {
  const rate = `${bytes(perSecond)}/s`;
  if (total <= 0) return `${bytes(done)}  ${rate}`;
  const share = Math.min(99, Math.floor((done / total) * 100));
  const parts = [`${String(done >= total ? 100 : share).padStart(3)} %`, `${bytes(done)} of ${bytes(total)}`, rate];
  if (perSecond > 0 && done < total) parts.push(`${duration(Math.ceil((total - done) / perSecond) * 1000)} left`);
  return parts.join('  ');
}
