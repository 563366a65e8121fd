/**
 * What every document of a container log has in common, rendered once: the bytes between the content and the offset, and
 * the bytes after the level.
 */
import { Buffer } from 'node:buffer';
import type { ContainerLog, Frame, Meta, OwnSecret } from '../../types.ts';
import { maskOf } from '../redact/kinds.ts';
import type { Texts } from './filter.ts';
import { formatsOf } from './text/formats.ts';
import { TextSearch } from './text-search.ts';

/** More than this (labels without end) and documents go without metadata, so that a document always fits its slab. */
const MOST_METADATA = 40 * 1024;
/** The same for the path; Linux allows 4096 bytes, JSON makes at most six of each. */
const MOST_PATH = 6 * 4096;

/** Bound on the bytes of a document that are not its content. */
export const FIXED_BYTES = MOST_METADATA + MOST_PATH + 1024;

export class RenderedLog {
  readonly meta: Meta;
  readonly partial: boolean;
  /** What the sink wants in front of the documents of this log; undefined: what it wants in front of those of most. */
  readonly frame: Frame | undefined;
  /** What is to be redacted, as a mask of kinds; 0: nothing. */
  readonly redact: number;
  /** And by patterns of the operator. */
  readonly secrets: readonly OwnSecret[];
  /** The formats of plain text that are taken apart, as a mask; 0: none. */
  readonly formats: number;
  /** Undefined: all texts are wanted. */
  readonly texts: Texts | undefined;
  /** Nothing is redacted, and no rate is set: the way of most logs. */
  readonly isFree: boolean;
  /** `","stream":"stdout","log":{"file":{"path":"…"},"offset":`, by stream. */
  readonly middle: readonly [Buffer, Buffer, Buffer];
  /** The metadata: goes after `}` of log. */
  readonly metadata: Buffer;
  /** The metadata and the end of a document that has nothing special about it. */
  readonly end: Buffer;
  /** Length of everything but the content, at most. */
  readonly size: number;

  constructor(log: ContainerLog, meta: Meta, frame?: Frame) {
    const fits = meta.constant.length <= MOST_METADATA;
    this.meta = meta;
    this.frame = frame;
    this.partial = meta.partial || !fits;
    const { redact = [], secrets = [], include, exclude, rate, parse = 'off' } = meta.overrides;
    this.redact = maskOf(redact);
    this.secrets = secrets;
    this.formats = formatsOf(parse, meta.overrides.structured);
    this.isFree = this.redact === 0 && secrets.length === 0 && rate === undefined;
    if (include ?? exclude)
      this.texts = { include: include && TextSearch.of(include), exclude: exclude && TextSearch.of(exclude) };
    this.metadata = fits ? meta.constant : Buffer.alloc(0);
    const path = pathBytes(log);
    const middle = (stream: string) =>
      Buffer.concat([Buffer.from(`"${stream},"log":{"file":{"path":`), path, Buffer.from('},"offset":')]);
    this.middle = [middle(',"stream":"stdout"'), middle(',"stream":"stderr"'), middle('')];
    const end = this.partial ? ',"podferry":{"partial_metadata":true}}\n' : '}\n';
    this.end = Buffer.concat([this.metadata, Buffer.from(end)]);
    this.size = this.middle[0].length + this.end.length + 448;
  }
}

/** The path as a JSON string. File names are any bytes; what is not text in them has become U+FFFD when it was read. */
export function pathBytes(log: ContainerLog): Buffer {
  const path = Buffer.from(JSON.stringify(Buffer.from(log.path).toString()));
  return path.length <= MOST_PATH ? path : Buffer.from('""');
}
