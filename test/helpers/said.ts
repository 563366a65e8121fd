/** A log that remembers what was said, for tests. Nothing is withheld by throttled(). */
import type { Log } from '../../src/types.ts';

export interface Said extends Log {
  /** `level: message`, in order. */
  readonly lines: string[];
}

export function newSaid(): Said {
  const lines: string[] = [];
  const say =
    (level: string) =>
    (message: string, fields?: Record<string, unknown>): void => {
      lines.push(`${level}: ${message}${fields === undefined ? '' : ` ${JSON.stringify(fields)}`}`);
    };
  return {
    lines,
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    throttled: (_key, message, fields) => say('warn')(message, fields),
  };
}
