/**
 * Documents in a file: one per line as `--format ndjson` writes them, the body of a bulk request, or the dead-letter file of the
 * Elasticsearch sink. Only a hash of each is kept.
 */
import { closeSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import split2 from 'split2';
import { OperatorError } from '../util/errors.ts';
import { asObject, parseJson } from '../util/json.ts';
import { bytesOf } from '../util/named-stream.ts';
import { NotRegular, openRegular } from '../util/regular-file.ts';
import { Hashes } from './hashes.ts';
import { keyOf, nameOf, referenceTo, type DocumentReference } from './document-reference.ts';

/** What is counted of a log. */
export type Counted = 'lines' | 'gaps' | 'unseen';

export class Held {
  /** Lines that are not documents of podferry. */
  strangers = 0;
  /** Documents that the file holds twice. */
  repeated = 0;
  readonly #known = new Hashes();
  readonly #perLog = {
    lines: new Map<string, number>(),
    gaps: new Map<string, number>(),
    unseen: new Map<string, number>(),
  };

  /** Different documents. */
  get size(): number {
    return this.#known.size;
  }

  /** Under its id if it has one, else under the line it came from. */
  add(reference: DocumentReference): void {
    if (!this.#known.add(reference.id ?? keyOf(reference))) this.repeated++;
    else {
      this.#count(reference.isGap ? 'gaps' : 'lines', reference.path);
      if (reference.isUnseen) this.#count('unseen', reference.path);
    }
  }

  has(reference: DocumentReference): boolean {
    return (reference.id !== undefined && this.#known.has(reference.id)) || this.#known.has(keyOf(reference));
  }

  /** How many documents of the log at this path there are: of its lines, its gaps, or its gaps of unknown size. */
  count(what: Counted, path: string): number {
    return this.#perLog[what].get(nameOf(path)) ?? 0;
  }

  #count(what: Counted, path: string): void {
    this.#perLog[what].set(nameOf(path), this.count(what, path) + 1);
  }
}

/**
 * Reads documents, a line each, with or without action lines before them.
 * @param file `-` for stdin; a name that ends with .gz is unpacked
 * @param signal ends the wait for a FIFO that nobody writes to; where its writer pauses the caller must not wait
 * @throws OperatorError if it cannot be read, or has lines and none of them is a document
 */
export async function readDocuments(
  file: string,
  stdin: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<Held> {
  const held = new Held();
  let action: string | true | undefined;
  await eachLine(file === '-' ? stdin : bytesOf(file, signal), file, '--against', (line) => {
    const value = asObject(parseJson(line));
    const create = value['create'] ?? value['index'];
    if (action === undefined && typeof create === 'object' && Object.keys(value).length === 1) {
      const id = asObject(create)['_id'];
      action = typeof id === 'string' ? id : true;
      return;
    }
    const reference = referenceTo(value, typeof action === 'string' ? action : undefined);
    action = undefined;
    if (reference === undefined) held.strangers++;
    else held.add(reference);
  });
  if (held.size === 0 && held.strangers > 0) {
    throw new OperatorError(
      `--against: ${file} holds no document of podferry's; give it what replay or run printed with --format ndjson or bulk.`,
    );
  }
  return held;
}

/** The documents in the dead-letter store of a directory (state.dir). None if the directory does not exist. */
export async function readRejected(dir: string, signal: AbortSignal): Promise<Held> {
  const held = new Held();
  const rejected = await namesIn(dir, /^rejected\.ndjson/);
  // What is being sent again, and what was refused once more.
  const again = await namesIn(join(dir, 'replaying'), /\.ndjson/);
  for (const path of [...rejected, ...again]) {
    await eachLine(regular(path, signal), path, 'state.dir', (line) => {
      const { id, document } = asObject(parseJson(line));
      const known = typeof id === 'string' ? id : undefined;
      // A document that is not JSON or too long is kept as text. Only its id is known.
      const nowhere = { id: known, path: '', offset: 0, time: '', stream: '', isGap: true, isUnseen: false };
      const reference = referenceTo(document, known) ?? (known === undefined ? undefined : nowhere);
      if (reference !== undefined) held.add(reference);
    });
  }
  return held;
}

/** Paths of the files whose names match. */
async function namesIn(dir: string, wanted: RegExp): Promise<string[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new OperatorError(`state.dir ${dir} cannot be read for rejected documents (${error.code}).`);
  });
  return names.filter((name) => wanted.test(name)).map((name) => join(dir, name));
}

/** In state.dir, a FIFO would be waited for without end. */
async function* regular(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  closeSync(openRegular(path));
  yield* bytesOf(path, signal);
}

async function eachLine(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  setting: string,
  take: (line: string) => void,
): Promise<void> {
  const takeAll = async (lines: AsyncIterable<string>): Promise<void> => {
    for await (const line of lines) if (line !== '') take(line);
  };
  try {
    await (name.endsWith('.gz')
      ? pipeline(bytes, createGunzip(), split2(), takeAll)
      : pipeline(bytes, split2(), takeAll));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (name === '-' || (code === undefined && !(error instanceof NotRegular))) throw error;
    throw new OperatorError(`${setting}: ${name} cannot be read: ${message}.`);
  }
}
