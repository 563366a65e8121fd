/**
 * One line at the bottom of a terminal that says how far a long replay is: how much of how much, how fast, how long yet.
 *
 * It is redrawn in place and leaves nothing behind. Work that is over in half a second never shows it. Whoever prints to
 * the same terminal does so within aside(), so that the two never mix.
 */
import type { Log } from '../types.ts';
import { bytes, duration } from '../util/human.ts';

export interface ProgressOptions {
  /** Puts text on the terminal, at once. */
  readonly write: (text: string) => void;
  /** Columns of the terminal: a longer line would wrap and could not be taken back. */
  readonly width: () => number;
  /** Milliseconds of any steady clock. */
  readonly now: () => number;
}

const SILENT_MS = 500;
const REDRAW_MS = 200;
/** The rate is that of the last seconds: it follows a sink that slows down. */
const RATE_WINDOW_MS = 5000;
const ERASE = '\r\x1b[K';

export class Progress {
  readonly #options: ProgressOptions;
  readonly #started: number;
  /** [time, bytes done] of former drawings, within the rate window. */
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

  /** Begins to draw by itself. The timer does not keep the process alive. */
  start(): void {
    this.#timer = setInterval(() => this.draw(), REDRAW_MS);
    this.#timer.unref();
  }

  /** `done` of `total` bytes so far; total 0: unknown, as of stdin. */
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

  /** Steps aside while somebody prints to the same terminal. */
  async aside(print: () => Promise<void>): Promise<void> {
    this.#aside++;
    this.#erase();
    try {
      await print();
    } finally {
      this.#aside--;
    }
  }

  /** The same log, on a terminal that is clean when something is said. */
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

  /** Takes the line away for good. */
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

/** ` 42 %  1.3 GiB of 3.1 GiB  184 MiB/s  10 s left`: what is not known is not said. */
export function progressLine(done: number, total: number, perSecond: number): string {
  const rate = `${bytes(perSecond)}/s`;
  if (total <= 0) return `${bytes(done)}  ${rate}`;
  const share = Math.min(99, Math.floor((done / total) * 100));
  const parts = [`${String(done >= total ? 100 : share).padStart(3)} %`, `${bytes(done)} of ${bytes(total)}`, rate];
  if (perSecond > 0 && done < total) parts.push(`${duration(Math.ceil((total - done) / perSecond) * 1000)} left`);
  return parts.join('  ');
}
