/**
 * What is known of the pods, kept beside the checkpoints: after a restart it stands in for the API until that has answered,
 * so that a restart during an outage of the API still enriches.
 *
 * First line `podferry-pods <version> <CRC-32 of the rest, hex> <node>`, then the facts of a pod per line, as JSON. Losing it
 * costs a little metadata and no line, so one that is damaged, of another node or of another version is not used.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Log } from '../../types.ts';
import { readRegular } from '../../util/regular-file.ts';
import { replaceFile } from '../../util/replace-file.ts';
import type { PodFacts } from './pod-facts.ts';
import { snapshotFacts } from './snapshot-facts.ts';

const FILE = 'pods';
/** The facts of more pods than a node has, live and gone. */
const MOST_BYTES = 32 * 1024 * 1024;
const MAGIC = 'podferry-pods';
/** Goes up whenever PodFacts changes, or what is believed of them: 1 may hold what one pod said of the log of another. */
const VERSION = '2';

export class PodSnapshot {
  readonly #dir: string;
  readonly #path: string;
  readonly #node: string;
  readonly #log: Log;

  /** @param dir state.dir */
  constructor(dir: string, node: string, log: Log) {
    this.#dir = dir;
    this.#path = join(dir, FILE);
    this.#node = node;
    this.#log = log;
  }

  /** The facts a former process knew of this node; none if there is no sound snapshot. */
  async load(): Promise<PodFacts[]> {
    let content: string;
    try {
      content = readRegular(this.#path, MOST_BYTES).toString('utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#unusable((error as Error).message);
      return [];
    }
    const end = content.indexOf('\n');
    const [magic, version, checksum, node] = content.slice(0, end).split(' ');
    const body = content.slice(end + 1);
    if (magic !== MAGIC || end < 0 || (version === VERSION && checksum !== crc32(body).toString(16))) {
      this.#unusable('it is damaged');
      return [];
    }
    if (version !== VERSION || node !== this.#node) return [];
    const facts = snapshotFacts(body);
    if (facts === undefined) this.#unusable('it is damaged');
    return facts ?? [];
  }

  /**
   * Replaces the snapshot, whole or not at all. Says so if that fails, and never throws.
   * @param facts JSON of PodFacts
   * @returns whether it was saved
   */
  async save(facts: readonly string[]): Promise<boolean> {
    const body = facts.map((line) => `${line}\n`).join('');
    const content = `${MAGIC} ${VERSION} ${crc32(body).toString(16)} ${this.#node}\n${body}`;
    try {
      await replaceFile(this.#dir, FILE, content);
      return true;
    } catch (error) {
      this.#log.throttled(
        'pods snapshot',
        `what is known of the pods cannot be saved in ${this.#path} (${(error as Error).message}): if podferry restarts while ` +
          'the Kubernetes API is away, lines carry what their path says. Usually the disk is full or read-only: see state.dir.',
      );
      return false;
    }
  }

  #unusable(why: string): void {
    this.#log.warn(
      `the pods known from the last run, in ${this.#path}, are not used (${why}): until the Kubernetes API has answered, ` +
        'lines may carry only what their path says. The file is written anew.',
    );
  }
}
