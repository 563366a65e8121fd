/**
 * The file that keeps what is known of the pods. After a restart it replaces the API until that has answered, so that lines have
 * metadata even if podferry restarts during an outage of the API.
 *
 * First line: `podferry-pods <version> <CRC-32 of the rest, hex> <node>`. Then the facts of one pod per line, as JSON. If the file
 * is lost, some metadata is missing for a while, and no line. So a file that is damaged, or is of another node or version, is not
 * used.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Log } from '../../types.ts';
import { readRegular } from '../../util/regular-file.ts';
import { replaceFile } from '../../util/replace-file.ts';
import type { PodFacts } from './pod-facts.ts';
import { snapshotFacts } from './snapshot-facts.ts';

const FILE = 'pods';
/** More than the facts of all pods of a node, live and deleted. */
const MOST_BYTES = 32 * 1024 * 1024;
const MAGIC = 'podferry-pods';
/** Goes up when PodFacts changes, or how claims are judged. Version 1 may hold claims of one pod on the log of another. */
const VERSION = '2';

export class PodSnapshot {
  readonly #dir: string;
  readonly #path: string;
  readonly #node: string;
  readonly #log: Log;
  /** What the file holds: the generation of the metadata. */
  #generation = 0;
  #saving: Promise<void> | undefined;

  /** @param dir state.dir. @param node as the API calls it */
  constructor(dir: string, node: string, log: Log) {
    this.#dir = dir;
    this.#path = join(dir, FILE);
    this.#node = node;
    this.#log = log;
  }

  /** The facts that the last process knew of this node; none if there is no usable file. */
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

  /** The file was loaded, and what is known now is this generation. */
  loadedAs(generation: number): void {
    this.#generation = generation;
  }

  /**
   * Saves what is known if it is of another generation than the file. Never rejects: a failure is logged, and the next call tries
   * again.
   * @param facts gives the JSON of PodFacts, one text per pod
   * @returns resolves when this save is over, or the one that was running already
   */
  async saveIfChanged(generation: number, facts: () => readonly string[]): Promise<void> {
    if (this.#saving === undefined && generation !== this.#generation) {
      this.#saving = this.#save(facts()).then((saved) => {
        if (saved) this.#generation = generation;
        this.#saving = undefined;
      });
    }
    await this.#saving;
  }

  /** Replaces the file, as a whole or not at all. @returns whether it was replaced */
  async #save(facts: readonly string[]): Promise<boolean> {
    const body = facts.map((line) => `${line}\n`).join('');
    const content = `${MAGIC} ${VERSION} ${crc32(body).toString(16)} ${this.#node}\n${body}`;
    try {
      await replaceFile(this.#dir, FILE, content);
      return true;
    } catch (error) {
      this.#log.throttled(
        'pods snapshot',
        `what is known of the pods cannot be saved in ${this.#path} (${(error as Error).message}): if podferry restarts while ` +
          'the Kubernetes API does not answer, lines carry only what their path says. Usually the disk is full or read-only: see ' +
          'state.dir.',
      );
      return false;
    }
  }

  #unusable(why: string): void {
    this.#log.warn(
      `the pods known from the last run, in ${this.#path}, are not used (${why}): until the Kubernetes API has answered, ` +
        'lines may carry only what their path says. The file is written again.',
    );
  }
}
