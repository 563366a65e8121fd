/**
 * A container that writes, and the records that must come of it: numbered lines on both streams, partial lines, stack traces,
 * pieces of lines, through whatever its kubelet does to the files. Times are real ones, so that joining by time is as in life.
 */
import * as fs from 'node:fs';
import type { FakeContainer } from '../helpers/kubelet.ts';

export type StreamName = 'stdout' | 'stderr';
export const STREAMS: readonly StreamName[] = ['stdout', 'stderr'];

/** A record that must be stored, once. */
export interface Expected {
  readonly message: string[];
  /** Of its lines, as they lie in the file. */
  bytes: number;
  /** What becomes of the file that it begins in. */
  readonly stretch: Stretch;
}

/** A file, up to its truncation or removal if there is one before it was surely read. */
export interface Stretch {
  /** It holds a part of a line, or the end of a record that began in the file before. */
  goesOn: boolean;
  /** What of it is not stored by then is gone. */
  mayBeLost: boolean;
  /** The agent that runs had seen all of it: what is lost of it must be said. */
  mustBeSaid: boolean;
}

/** Head of a stack trace and the lines that may follow it within a second. */
const TRACES: readonly { head: (n: string) => string; rest: readonly ((n: string) => string)[]; ownHead: boolean }[] = [
  {
    head: (n) => `ERROR ${n} request failed`,
    rest: [
      (n) => `java.lang.IllegalStateException: ${n}`,
      (n) => `\tat com.example.Web.serve(Web.java:12) ${n}`,
      (n) => `Caused by: java.io.IOException: ${n}`,
      (n) => `\tat com.example.Disk.read(Disk.java:7) ${n}`,
    ],
    ownHead: true,
  },
  {
    head: (n) => `Exception in thread "main" java.lang.RuntimeException: ${n}`,
    rest: [(n) => `\tat com.example.Main.run(Main.java:3) ${n}`, (n) => `\tat com.example.Main.main(Main.java:1) ${n}`],
    ownHead: false,
  },
];
/** What an ordinary line begins with: text without a level could be a further line of the message before it. */
const ORDINARY = '[DEBUG] ';
/** Lines of one stack trace are at most this far apart (ms). */
const APART_MS = 1000;

let lastNanos = 0n;

/** Now, later than any time before. */
function now(): { text: string; ms: number } {
  const wall = BigInt(Date.now()) * 1_000_000n;
  lastNanos = lastNanos >= wall ? lastNanos + 1000n : wall;
  const ms = Number(lastNanos / 1_000_000n);
  const fraction = String(lastNanos % 1_000_000_000n).padStart(9, '0');
  return { text: `${new Date(ms).toISOString().slice(0, 19)}.${fraction}Z`, ms };
}

function newStretch(): Stretch {
  return { goesOn: false, mayBeLost: false, mustBeSaid: false };
}

interface Held {
  readonly expected: Expected;
  readonly trace: number;
  readonly ms: number;
}

export class Writer {
  /** By `<path> <stream>`, in the order of writing. */
  readonly expected = new Map<string, Expected[]>();
  readonly container: FakeContainer;
  #number = 0;
  #stretch: Stretch = newStretch();
  readonly #chain: Record<StreamName, Expected | undefined> = { stdout: undefined, stderr: undefined };
  readonly #held: Record<StreamName, Held | undefined> = { stdout: undefined, stderr: undefined };
  #rest = '';
  /** The record whose rest that is, and what there is of its message. */
  #half: { readonly expected: Expected; readonly there: string } | undefined;

  constructor(container: FakeContainer) {
    this.container = container;
  }

  /** Records written so far. */
  get count(): number {
    let count = 0;
    for (const each of this.expected.values()) count += each.length;
    return count;
  }

  /** Whole lines, in one write. */
  lines(stream: StreamName, count: number, filler = 20): void {
    this.endChain(stream);
    this.#held[stream] = undefined;
    let text = '';
    for (let i = 0; i < count; i++) {
      const message = `${ORDINARY}${this.number()} ${'.'.repeat(filler)}`;
      text += this.#line(this.#expect(stream, message), `${now().text} ${stream} F ${message}\n`);
    }
    this.#write(text);
  }

  /** A line feed and nothing else: no record. */
  empty(): void {
    this.#write('\n');
  }

  /** A line of which the end is written only with the next write. */
  half(stream: StreamName, at: number): void {
    this.endChain(stream);
    this.#held[stream] = undefined;
    const message = `${ORDINARY}${this.number()} in two writes`;
    const line = `${now().text} ${stream} F ${message}\n`;
    const cut = 1 + Math.floor(at * (line.length - 1));
    const expected = this.#expect(stream, message);
    this.#line(expected, line);
    this.#write(line.slice(0, cut));
    this.#rest = line.slice(cut);
    this.#half = { expected, there: message.slice(0, Math.max(0, message.length + 1 - this.#rest.length)) };
  }

  /** The runtime wrote a line with tag P: begins one, or goes on with it. */
  part(stream: StreamName, filler = 10): void {
    this.#held[stream] = undefined;
    const text = `${this.#chain[stream] ? '' : ORDINARY}${this.number()}-${'p'.repeat(filler)} `;
    const chain = (this.#chain[stream] ??= this.#expect(stream));
    chain.message[0] = (chain.message[0] ?? '') + text;
    this.#stretch.goesOn = true;
    this.#write(this.#line(chain, `${now().text} ${stream} P ${text}\n`));
  }

  endChain(stream: StreamName): void {
    const chain = this.#chain[stream];
    if (!chain) return;
    const text = `${this.number()}-end`;
    chain.message[0] += text;
    this.#stretch.goesOn = true;
    this.#chain[stream] = undefined;
    this.#write(this.#line(chain, `${now().text} ${stream} F ${text}\n`));
  }

  /** The first line of a stack trace; the rest may follow. */
  traceHead(stream: StreamName, kind: number): void {
    this.endChain(stream);
    const { text, ms } = now();
    const message = TRACES[kind % TRACES.length]!.head(this.number());
    const expected = this.#expect(stream, message);
    this.#write(this.#line(expected, `${text} ${stream} F ${message}\n`));
    this.#held[stream] = { expected, trace: kind % TRACES.length, ms };
  }

  /** The rest of it, in one write: joined if it comes within a second. */
  traceRest(stream: StreamName): void {
    const held = this.#held[stream];
    if (!held) return;
    this.#held[stream] = undefined;
    const { rest, ownHead } = TRACES[held.trace]!;
    const { text, ms } = now();
    const messages = rest.map((each) => each(this.number()));
    if (ms - held.ms <= APART_MS) {
      held.expected.message.push(...messages);
      this.#goesOn(held.expected);
    } else if (ownHead) this.#expect(stream, ...messages);
    else for (const message of messages) this.#expect(stream, message);
    this.#write(messages.map((message) => `${text} ${stream} F ${message}\n`).join(''));
  }

  /** kubelet rotates; what is open goes on in the next file. The runtime may be late with some lines for the old one. */
  rotate({ late = 0, compress = true }: { late?: number; compress?: boolean } = {}): void {
    this.#finishLine();
    const old = this.container.fd;
    this.container.rotate({ closeOld: late === 0, compress });
    if (late > 0) this.#late(old, late);
    this.#stretch = newStretch();
  }

  #late(old: number, late: number): void {
    for (const stream of STREAMS) this.#held[stream] = undefined;
    for (let i = 0; i < late; i++) {
      const message = `${ORDINARY}${this.number()} late`;
      this.endChainIn(old, 'stdout');
      this.#expect('stdout', message);
      fs.writeSync(old, `${now().text} stdout F ${message}\n`);
    }
    if (this.container.fd !== old) fs.closeSync(old);
  }

  /** The container dies and starts again: an open chain stays without its end, and with `cut` so does half a line. */
  restart(prune: boolean, cut: boolean): void {
    if (cut && this.#rest !== '' && this.#half!.there !== '') {
      const { expected, there } = this.#half!;
      expected.message[0] = there;
      expected.bytes -= this.#rest.length;
      this.#rest = '';
    }
    this.#finishLine();
    this.#apart();
    this.container.restartContainer({ prune });
    for (const stream of STREAMS) this.#chain[stream] = undefined;
    this.#newStretch(false, false);
  }

  /** The file is emptied in place. With `copy` there is a copy, and nothing may be lost. */
  truncate(copy: boolean, seen: boolean): void {
    this.close();
    this.container.copyTruncate({ copy });
    this.#newStretch(!copy, seen);
  }

  /** Somebody deletes the file; the runtime makes it again, often with the same inode. */
  deleteFile(seen: boolean): void {
    this.close();
    fs.unlinkSync(this.container.path);
    this.container.reopen();
    this.#newStretch(true, seen);
  }

  /** The agent was killed: what it had seen and not told yet, it can't tell any more. */
  forgive(): void {
    for (const records of this.expected.values()) for (const { stretch } of records) stretch.mustBeSaid = false;
  }

  /** Nothing is open any more. */
  close(): void {
    this.#finishLine();
    for (const stream of STREAMS) this.endChain(stream);
    this.#apart();
  }

  /**
   * Whether the file holds the end of a record, or will, of which the agent may know the beginning only: nobody can know then
   * that what is written after a truncation is not that end.
   */
  get goesOn(): boolean {
    return (
      this.#stretch.goesOn || STREAMS.some((each) => (this.#chain[each]?.stretch ?? this.#stretch) !== this.#stretch)
    );
  }

  /** Bytes in the file being written. */
  get size(): number {
    return fs.statSync(this.container.path).size;
  }

  number(): string {
    return `n${++this.#number};`;
  }

  private endChainIn(fd: number, stream: StreamName): void {
    const chain = this.#chain[stream];
    if (!chain) return;
    const text = `${this.number()}-late-end`;
    chain.message[0] += text;
    this.#chain[stream] = undefined;
    fs.writeSync(fd, `${now().text} ${stream} F ${text}\n`);
  }

  #apart(): void {
    for (const stream of STREAMS) this.#held[stream] = undefined;
  }

  #newStretch(mayBeLost: boolean, mustBeSaid: boolean): void {
    Object.assign(this.#stretch, { mayBeLost, mustBeSaid });
    this.#stretch = newStretch();
  }

  #expect(stream: StreamName, ...message: string[]): Expected {
    const key = `${this.container.path} ${stream}`;
    const records = this.expected.get(key) ?? [];
    this.expected.set(key, records);
    const expected = { message, bytes: 0, stretch: this.#stretch };
    records.push(expected);
    return expected;
  }

  /** A line of a record. */
  #line(expected: Expected, line: string): string {
    expected.bytes += line.length;
    return line;
  }

  #goesOn(expected: Expected): void {
    if (expected.stretch !== this.#stretch) this.#stretch.goesOn = true;
  }

  #finishLine(): void {
    if (this.#rest) this.container.write(this.#rest);
    this.#rest = '';
  }

  #write(text: string): void {
    this.#finishLine();
    this.container.write(text);
  }
}
