/** What the commands that read captured logs have in common: replay and verify. */
import { Progress } from './observe/progress.ts';
import type { Log } from './types.ts';

/** The part of a process's output streams that these commands need. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(bytes: Buffer | string, done?: (error?: Error | null) => void): unknown;
}

export interface CapturedOptions {
  /** Log files (also .gz), directories like /var/log/pods, `-` for stdin. */
  readonly paths: readonly string[];
  /** Output of `kubectl get pods -o json`. It tells the metadata, which logs pods exclude, and what rules with labels drop. */
  readonly podsFile: string | undefined;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether stdout takes colours. */
  readonly colour: boolean;
  readonly version: string;
  /** Aborted: stop at once. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** The progress of a command at the bottom of the terminal `stderr`. Without a terminal it is never started. */
export function progressOn(stderr: Output): Progress {
  return new Progress({
    write: (text) => void stderr.write(text),
    width: () => stderr.columns || 80,
    now: () => performance.now(),
  });
}
