/** Answers of the HTTP ports: a status, a type and bytes. An answer that is expensive is made seldom and shared by all clients. */
import { STATUS_CODES } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly type: string;
  /** Other answers may share it: nobody may write to it. */
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer in plain text. */
export function words(status: number, text: string, headers?: Record<string, string>): Answer {
  const answer = { status, type: 'text/plain; charset=utf-8', body: Buffer.from(text) };
  return headers === undefined ? answer : { ...answer, headers };
}

/** Everything before the body. The connection closes after the answer. */
export function headOf({ status, type, body, headers = {} }: Answer): string {
  const fields = {
    date: new Date().toUTCString(),
    'content-type': type,
    'content-length': String(body.length),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n`;
}

/** How old a kept answer may be. Nobody notices it, and a thousand clients cost as much as one. */
export const FRESH_MS = 250;

/** An answer that is made on demand, but at most once in FRESH_MS. Clients that ask meanwhile get the same one. */
export class Kept {
  readonly #make: () => Promise<Answer>;
  readonly #now: () => number;
  #kept: { readonly answer: Promise<Answer>; readonly since: number; made: boolean } | undefined;

  constructor(make: () => Promise<Answer>, now: () => number = () => performance.now()) {
    this.#make = make;
    this.#now = now;
  }

  /** Rejects only for a bug in podferry. */
  get(): Promise<Answer> {
    if (this.#kept !== undefined && !(this.#kept.made && this.#now() - this.#kept.since >= FRESH_MS)) {
      return this.#kept.answer;
    }
    const kept = { answer: makeOrSayWhy(this.#make), since: this.#now(), made: false };
    this.#kept = kept;
    const done = (): void => {
      kept.made = true;
      // It may be large, and is not kept when nobody asks.
      setTimeout(() => this.#kept === kept && (this.#kept = undefined), FRESH_MS).unref();
    };
    kept.answer.then(done, () => {}); // The caller of get() sees the error.
    return kept.answer;
  }
}

/** An error of the system, such as a lack of descriptors, becomes an answer. Any other error is a bug and ends the process. */
async function makeOrSayWhy(make: () => Promise<Answer>): Promise<Answer> {
  try {
    return await make();
  } catch (error) {
    const { errno, code } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    return words(503, `cannot be told now: ${code}\n`, { 'retry-after': '1' });
  }
}
