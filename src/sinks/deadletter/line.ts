/** A line of the dead-letter store, written and read. Pure. */
import { isUtf8 } from 'node:buffer';
import { asObject, asText, isObject, parseJson } from '../../util/json.ts';

/** Why a document was refused, as Elasticsearch puts it. `reason` may quote the document: never into our own log. */
export interface Refusal {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

/** Characters: Elasticsearch may quote a whole document in its reason. */
const LONGEST_REASON = 4096;

/**
 * The line `{at, reason, id, document}` with its LF, of at most `limit` bytes (when that is more than the reason itself
 * takes). The document goes in byte for byte if it is JSON, else as a string; one that is too long is cut, and its true
 * length given in `document_bytes`.
 */
export function deadLetterLine(
  at: string,
  document: Buffer,
  refusal: Refusal,
  id: string | undefined,
  limit: number,
): Buffer {
  const reason = { ...refusal, reason: refusal.reason.slice(0, LONGEST_REASON) };
  const head = Buffer.from(`${JSON.stringify({ at, reason, id }).slice(0, -1)},"document":`);
  if (head.length + document.length + 2 <= limit && isJson(document))
    return Buffer.concat([head, document, Buffer.from('}\n')]);
  const text = Buffer.from(`${JSON.stringify(document.toString())}}\n`);
  if (head.length + text.length <= limit) return Buffer.concat([head, text]);
  // JSON.stringify makes at most six bytes of one.
  const room = Math.max(0, Math.floor((limit - head.length - 64) / 6));
  const cut = JSON.stringify(document.toString('utf8', 0, room));
  return Buffer.concat([head, Buffer.from(`${cut},"document_bytes":${document.length}}\n`)]);
}

/** What goes into an action line as it is. */
const ID = /^[\w-]{1,512}$/;

/** What a line of the store says. */
export interface DeadLetterEntry {
  /** When it was refused: RFC 3339. */
  readonly at: string;
  readonly refusal: Refusal;
  /** Undefined: Elasticsearch was to choose one. */
  readonly id: string | undefined;
  /** Byte for byte as it was sent, unless a person edited the line; without LF. May be a view of the line. */
  readonly document: Buffer;
  /** False: it is no JSON object, or only its beginning was kept. */
  readonly isWhole: boolean;
}

/** Reads a line of the store, without its LF. Undefined: it is none. */
export function readDeadLetterLine(line: Buffer): DeadLetterEntry | undefined {
  const said = parseJson(line.toString());
  if (!isObject(said) || said['document'] === undefined) return undefined;
  const { at, reason, id, document } = said;
  const { status, type, reason: why } = asObject(reason);
  const head = Buffer.from(`${JSON.stringify({ at, reason, id }).slice(0, -1)},"document":`);
  // Parsed and written again, a large number would be another one.
  const isVerbatim = isObject(document) && line.subarray(0, head.length).equals(head);
  const object = typeof document === 'string' ? parseJson(document) : document;
  return {
    at: asText(at) ?? '',
    refusal: { status: Number(status) || 0, type: asText(type) ?? '', reason: asText(why) ?? '' },
    id: typeof id === 'string' && ID.test(id) ? id : undefined,
    document: isVerbatim
      ? line.subarray(head.length, line.lastIndexOf('}'))
      : Buffer.from(JSON.stringify(object ?? document)),
    isWhole: isObject(object) && said['document_bytes'] === undefined,
  };
}

function isJson(document: Buffer): boolean {
  if (!isUtf8(document)) return false;
  try {
    JSON.parse(document.toString());
    return true;
  } catch {
    return false;
  }
}
