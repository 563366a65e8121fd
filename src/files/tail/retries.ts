/** What failed at a file, and when it is tried again. */

/** A read that failed is tried again after a second, then twice as long each time, up to half a minute … */
const FIRST_MS = 500;
const MOST_MS = 30_000;
/** … and given up when it failed this often in a row: after five minutes. A disk that heals by then costs nothing. */
const GIVE_UP_AFTER = 14;
/** A file that cannot be opened again is tried again after so long, ms. */
const REOPEN_MS = 1000;

class State {
  /** Reads that failed in a row. */
  failures = 0;
  /** Not before this time, ms since 1970. */
  at = 0;
  /** What failed last, in words; '' if nothing did. */
  trouble = '';

  /** A read failed. Says whether that happened too often by now. */
  readFailed(trouble: string, now: number): boolean {
    this.trouble = trouble;
    this.failures++;
    this.at = now + Math.min(MOST_MS, FIRST_MS * 2 ** this.failures);
    return this.failures >= GIVE_UP_AFTER;
  }

  /** A look failed: the read that follows will fail too, and decide. */
  lookFailed(trouble: string): void {
    this.trouble = trouble;
  }

  /** It could not be opened again. */
  openFailed(now: number): void {
    this.at = now + REOPEN_MS;
  }

  /** It was opened again. */
  opened(): void {
    this.at = 0;
  }

  /** A step went well. */
  succeeded(): void {
    this.failures = 0;
  }
}

/** See State, which alone changes it. */
export type Retries = Readonly<State>;

export function newRetries(): Retries {
  return new State();
}
