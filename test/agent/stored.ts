/**
 * What the fake Elasticsearch holds, and how it compares with what was written.
 */
import type { StoredDocument } from '../helpers/elasticsearch.ts';
import type { Expected, Writer } from './writer.ts';

/** A stored document, as far as tests look at it. */
export interface Document {
  readonly '@timestamp': string;
  readonly message: string;
  readonly stream?: string;
  readonly log: { readonly offset: number; readonly file: { readonly path: string } };
  readonly event?: { readonly kind: string; readonly action: string; readonly reason?: string };
  readonly podferry?: { readonly lost_bytes?: number };
}

export interface Stored {
  /** Records by `<path> <stream>`, in the order of `@timestamp` and `log.offset`. */
  readonly records: Map<string, Document[]>;
  /** Gap documents, by path. */
  readonly gaps: Map<string, Document[]>;
}

/** @param skip so many documents were looked at before */
export function storedIn(docs: ReadonlyMap<string, StoredDocument>, skip = 0): Stored {
  const stored: Stored = { records: new Map(), gaps: new Map() };
  let i = 0;
  for (const { source } of docs.values()) {
    if (i++ < skip) continue;
    const document = JSON.parse(source) as Document;
    const { path } = document.log.file;
    if (document.event?.kind === 'pipeline_error') add(stored.gaps, path, document);
    else add(stored.records, `${path} ${document.stream}`, document);
  }
  for (const documents of stored.records.values()) documents.sort(inOrder);
  return stored;
}

/** What is wrong, in words; empty: every record is stored once, in its place. */
export function mistakes(writers: readonly Writer[], stored: Stored): string[] {
  return writers.flatMap((writer) => [...writer.expected].flatMap(([key, expected]) => compare(key, expected, stored)));
}

/** Documents that came with different contents under one id, as first stored. */
export function contradictions(docs: ReadonlyMap<string, StoredDocument>, skip = 0): Document[] {
  return [...docs.values()]
    .slice(skip)
    .filter((each) => each.different > 0)
    .map(({ source }) => JSON.parse(source) as Document);
}

function compare(key: string, expected: readonly Expected[], { records, gaps }: Stored): string[] {
  const found = (records.get(key) ?? []).map(({ message }) => message);
  const wrong: string[] = [];
  let [at, lostBytes] = [0, 0];
  for (const { message, bytes, stretch } of expected) {
    const text = message.join('\n');
    if (found[at] === text) at++;
    // Its beginning may have been read before its end was cut off.
    else if (stretch.mayBeLost && found[at] !== undefined && beginsAs(text, found[at]!)) at++;
    else if (stretch.mayBeLost) {
      if (stretch.mustBeSaid) lostBytes += bytes;
    } else {
      wrong.push(`${key}: wanted ${short(text)}, found ${short(found[at])}`);
      return wrong;
    }
  }
  if (at < found.length)
    wrong.push(
      `${key}: also found ${found
        .slice(at, at + 3)
        .map(short)
        .join()}`,
    );
  const path = key.slice(0, key.lastIndexOf(' '));
  const saidBytes = (gaps.get(path) ?? []).reduce((sum, { podferry }) => sum + (podferry?.lost_bytes ?? 0), 0);
  if (saidBytes < lostBytes) wrong.push(`${key}: lost ${lostBytes} bytes and told of ${saidBytes}`);
  return wrong;
}

/** Records begin with a number, or a word and a number: half of one is enough to tell them apart. */
function beginsAs(text: string, found: string): boolean {
  return text.startsWith(found) && found.length > text.indexOf(';');
}

/** CRI times of tests have nine digits and end in Z. */
function inOrder(a: Document, b: Document): number {
  if (a['@timestamp'] !== b['@timestamp']) return a['@timestamp'] < b['@timestamp'] ? -1 : 1;
  return a.log.offset - b.log.offset;
}

function add(map: Map<string, Document[]>, key: string, document: Document): void {
  const documents = map.get(key);
  if (documents) documents.push(document);
  else map.set(key, [document]);
}

function short(text: string | undefined): string {
  return text === undefined ? 'nothing' : JSON.stringify(text.length > 70 ? `${text.slice(0, 70)}…` : text);
}
