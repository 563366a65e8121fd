/** Lines that wait to be written, each with a caller that waits for what becomes of it. */
import { setMaxListeners } from 'node:events';

export interface WaitingLine {
  readonly line: Buffer;
  /** Tells the caller that the line is on disk (true) or given up (false). */
  readonly answer: (kept: boolean) => void;
}

export class WaitingLines {
  readonly #lines = new Set<WaitingLine>();

  get isEmpty(): boolean {
    return this.#lines.size === 0;
  }

  /** Resolves with the answer. Rejects when stopped: the line is not written any more then. */
  add(line: Buffer, stop: AbortSignal): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#lines.delete(waiting);
        stop.removeEventListener('abort', onStop);
      };
      const waiting: WaitingLine = {
        line,
        answer(kept) {
          leave();
          resolve(kept);
        },
      };
      const onStop = (): void => {
        leave();
        reject(stop.reason as Error);
      };
      // One listener each, for as many documents as a batch may hold.
      setMaxListeners(0, stop);
      stop.addEventListener('abort', onStop);
      this.#lines.add(waiting);
    });
  }

  /** The first lines, as many as have `most` bytes together; at least one. They stay until they are answered. */
  fitting(most: number): readonly WaitingLine[] {
    let bytes = 0;
    const lines = [...this.#lines];
    const tooMany = lines.findIndex(({ line }) => (bytes += line.length) > most);
    return tooMany === -1 ? lines : lines.slice(0, Math.max(1, tooMany));
  }

  /** Gives all of them up. */
  giveUp(): void {
    for (const { answer } of this.#lines) answer(false);
  }
}
