/** Where a document came from, as it says itself: enough to find the line on disk, or the document at the sink, again. Pure. */

import { asObject } from '../util/json.ts';

export interface DocumentReference {
  /** Absent where the sink makes the ids. */
  readonly id: string | undefined;
  /** log.file.path */
  readonly path: string;
  /** log.offset */
  readonly offset: number;
  /** @timestamp, verbatim. */
  readonly time: string;
  readonly stream: string;
  /** It tells of a loss and is no line of a log. */
  readonly isGap: boolean;
  /** It tells of a gap whose size nobody knows. */
  readonly isUnseen: boolean;
}

/** `<namespace>_<pod>_<uid>`, before Kubernetes 1.14 a bare uid. */
const POD_DIRECTORY = /^(?:[^_]+_[^_]+_[^_]+|[0-9a-f-]{32,36})$/;

/** The reference to a parsed document; undefined if podferry did not make it. `id`: its `_id`, if known. */
export function referenceTo(document: unknown, id: string | undefined): DocumentReference | undefined {
  const { '@timestamp': time, stream = '', log, event, podferry } = asObject(document);
  const { file, offset } = asObject(log);
  const { path } = asObject(file);
  if (typeof time !== 'string' || typeof path !== 'string' || typeof offset !== 'number') return undefined;
  const isGap = asObject(event)['kind'] === 'pipeline_error';
  const isUnseen = isGap && asObject(podferry)['lost_unknown'] === true;
  return { id, path, offset, time, stream: String(stream), isGap, isUnseen };
}

/** The key of a document that has no id. */
export function keyOf({ path, offset, time, stream }: DocumentReference): string {
  return `${nameOf(path)}\n${offset}\n${time}\n${stream}`;
}

/**
 * The part of a path that a copy of the directory keeps: `<namespace>_<pod>_<uid>/<container>/<n>.log`. A file in any other
 * place has its own name only.
 */
export function nameOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(POD_DIRECTORY.test(parts.at(-3) ?? '') ? -3 : -1).join('/');
}

/** The fingerprint of the source, which is the middle of an id that podferry made: 8 characters of time, 12 of source, 8 of offset. */
export function sourceOf(id: string): string {
  return id.slice(8, 20);
}
