/** Which data streams documents may go to, as the settings have it: names and patterns, for questions, templates and privileges. Pure. */
import type { DataStream } from '../../types.ts';
import { glob } from '../../util/pattern.ts';
import { nameOf, OTHER, patternOf, type StreamPart } from '../../util/stream-name.ts';

/** A rule, as far as it names a data stream. */
export interface StreamRule {
  readonly dataset?: StreamPart;
  readonly namespace?: StreamPart;
}

export interface StreamParts {
  readonly datasets: readonly StreamPart[];
  /** Patterns that an annotation of a pod may fit. */
  readonly podDatasets: readonly string[];
  readonly namespaces: readonly StreamPart[];
}

/** Characters of a list that still fits into the address of a request: servers take 4096 bytes of it. */
const MOST_CHARS = 2000;
const MOST_NAMES = 200;
const ALL = 'logs-*-*';
const MOST_EXAMPLES = 10;

/** No name among them that another one covers. If they are very many, one that covers all. */
export function namesOf({ datasets, podDatasets, namespaces }: StreamParts): readonly string[] {
  const middles = unique([...datasets.map(patternOf), ...podDatasets]);
  const ends = unique(namespaces.map(patternOf));
  if (middles.length * ends.length > MOST_NAMES) return [ALL];
  const different = middles.flatMap((dataset) => ends.map((namespace) => nameOf({ dataset, namespace })));
  const kept = different.filter((name) => !different.some((other) => other !== name && glob(other, name)));
  return kept.join(',').length <= MOST_CHARS ? kept : [ALL];
}

/**
 * The data streams that stand for all when the server is asked how things are: those that are named in full, and one for each pattern.
 * No more than a few, since some questions are asked about each.
 */
export function examplesOf({ target, streams }: { target: string; streams: readonly string[] }): readonly string[] {
  const others = streams.filter((name) => !glob(name, target)).map((name) => name.replaceAll('*', OTHER));
  return [target, ...others].slice(0, MOST_EXAMPLES);
}

function unique(patterns: readonly string[]): string[] {
  return [...new Set(patterns.map((pattern) => pattern.replaceAll(/\*+/g, '*')))];
}

/** Whether one of the names or patterns covers the data stream. */
export function covers(names: readonly string[], stream: DataStream): boolean {
  return names.some((name) => glob(name, nameOf(stream)));
}

/** For people. */
export function listed(names: readonly string[]): string {
  return names.join(', ');
}
