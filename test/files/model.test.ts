/**
 * Random programs of what kubelets, runtimes and operators do to log files, run against the tailer. Whatever the program, each
 * message must come out, in order, and what comes out twice (after a crash) must be the same bytes at the same place.
 * A failing seed is printed; run it alone with MODEL_SEED=…
 */
import { gunzipSync } from 'node:zlib';
import { env } from 'node:process';
import * as fs from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { dice } from '../helpers/dice.ts';
import { FakeKubelet, type FakeContainer } from '../helpers/kubelet.ts';
import { length } from '../helpers/length.ts';
import { until } from '../helpers/until.ts';
import { newTailer, Outcome } from './follow.ts';
import { reserveOf } from '../../src/files/logfile/opener.ts';
import type { Tailer } from '../../src/files/tailer.ts';

const PROGRAMS = length(8, 240, 'MODEL_PROGRAMS');
/** How often an agent has few descriptors: a soak of its own, for a file that waits for one may come after a newer one. */
const FEW = Number(env.MODEL_FEW ?? 0);
const FIRST_SEED = Number(env.MODEL_SEED ?? Date.now() % 1e9);

class Program {
  readonly kubelet = new FakeKubelet();
  readonly random: () => number;
  readonly steps: string[] = [];
  /** Messages written, per log. */
  readonly written = new Map<string, string[]>();
  readonly #containers: FakeContainer[] = [];
  readonly #late = new Map<FakeContainer, number>();
  readonly #runs: Outcome[] = [];
  #tailer: Tailer | undefined;
  #number = 0;

  constructor(seed: number) {
    this.random = dice(seed);
  }

  pick(n: number): number {
    return Math.floor(this.random() * n);
  }

  get outcome(): Outcome {
    return this.#runs.at(-1)!;
  }

  async run(): Promise<void> {
    const containers = 1 + this.pick(3);
    for (let i = 0; i < containers; i++) {
      const runtime = this.random() < 0.5 ? 'conmon' : 'containerd';
      this.#containers.push(
        this.kubelet.start({ pod: `web-${i}`, container: 'c', uid: uid(i), runtime, maxFiles: 100 }),
      );
    }
    await this.startAgent();
    const steps = 10 + this.pick(40);
    for (let i = 0; i < steps; i++) await this.step();
    if (!this.#tailer) await this.startAgent();
    this.outcome.stuck = undefined;
    this.unstick();
    for (const container of this.#containers) {
      this.finishLine(container);
      this.closeLate(container);
    }
    await this.check();
  }

  async step(): Promise<void> {
    const container = this.#containers[this.pick(this.#containers.length)]!;
    const choice = this.pick(22);
    if (choice < 6) this.say(container, 1 + this.pick(20));
    else if (choice < 8) this.sayPart(container);
    else if (choice < 11) this.rotate(container);
    else if (choice < 12) this.sayLate(container);
    else if (choice < 13) this.restartContainer(container);
    else if (choice < 14) await this.restartAgent(true);
    else if (choice < 15) await this.restartAgent(false);
    else if (choice < 16) this.stick();
    else if (choice < 17) this.unstick();
    else if (choice < 18) this.copyTruncate(container);
    else if (choice < 19) await this.deleteOldest(container);
    else if (choice < 20) await this.exit(container);
    else await this.pause();
  }

  say(container: FakeContainer, count: number): void {
    this.runAgain(container);
    this.finishLine(container);
    const messages = Array.from({ length: count }, () => this.message());
    this.closeLate(container);
    this.note(container, `say ${count}`);
    this.expect(container, messages);
    container.say(...messages);
  }

  message(): string {
    return `m${++this.#number}${'.'.repeat(this.pick(8) === 0 ? this.pick(3000) : this.pick(60))}`;
  }

  #part = new Map<FakeContainer, string>();

  /** Half a line; the rest comes with the next write to the same file. */
  sayPart(container: FakeContainer): void {
    this.runAgain(container);
    this.finishLine(container);
    this.closeLate(container);
    const message = this.message();
    const line = `${this.kubelet.time()} stdout F ${message}\n`;
    const cut = 1 + this.pick(line.length - 1);
    this.note(container, `part ${cut}/${line.length}`);
    container.write(line.slice(0, cut));
    this.expect(container, [message]);
    this.#part.set(container, line.slice(cut));
  }

  /** Containers that have ended, by the key of their log. */
  readonly #ended = new Set<string>();

  /**
   * The container ends, often in the middle of a line, and its files stay. If it is seen that this is shipped, a rest comes late,
   * which is of its own, whatever happens to the tailer from then on.
   */
  async exit(container: FakeContainer): Promise<void> {
    if (this.#ended.has(container.key)) return;
    this.closeLate(container);
    const rest = this.#part.get(container);
    const said = this.written.get(container.key)?.at(-1);
    const kept = said && rest ? said.slice(0, Math.max(0, said.length - (rest.length - 1))) : '';
    // What is cut before its message begins is no message.
    if (kept === '' || this.random() < 0.3) this.finishLine(container);
    else this.written.get(container.key)!.splice(-1, 1, kept);
    this.note(container, `exit ${this.#part.has(container) ? 'in a line' : ''}`);
    this.#ended.add(container.key);
    if (!this.#part.delete(container) || !this.#tailer) return;
    const isShipped = (): boolean => this.outcome.messages(container.key).at(-1) === kept;
    await until(isShipped, 'the last line', 500).catch(() => undefined);
    if (!isShipped()) return;
    const late = this.message();
    this.note(container, 'late rest');
    this.expect(container, [late]);
    container.write(`${late}\n`);
  }

  /** The next instance of a container that has ended. */
  runAgain(container: FakeContainer): void {
    if (this.#ended.has(container.key)) this.restartContainer(container);
  }

  finishLine(container: FakeContainer): void {
    const rest = this.#part.get(container);
    if (rest) container.write(rest);
    this.#part.delete(container);
  }

  rotate(container: FakeContainer): void {
    this.runAgain(container);
    this.finishLine(container);
    this.closeLate(container);
    const closeOld = this.random() < 0.5;
    const compress = this.random() < 0.7;
    this.note(container, `rotate closeOld=${closeOld} compress=${compress}`);
    const old = container.fd;
    container.rotate({ closeOld, compress });
    // conmon closes before it opens.
    if (!closeOld) this.#late.set(container, old);
  }

  /** The runtime writes to the old file right after the rename, before anybody writes to the new one. */
  sayLate(container: FakeContainer): void {
    const fd = this.#late.get(container);
    if (fd === undefined || this.#ended.has(container.key)) return;
    const message = this.message();
    this.note(container, 'late');
    this.expect(container, [message]);
    container.sayTo(fd, message);
  }

  closeLate(container: FakeContainer): void {
    const fd = this.#late.get(container);
    if (fd !== undefined) fs.closeSync(fd);
    this.#late.delete(container);
  }

  restartContainer(container: FakeContainer): void {
    this.finishLine(container);
    this.closeLate(container);
    this.note(container, 'restart');
    container.restartContainer({ prune: false });
  }

  /** logrotate keeps one copy; a second would replace it, so only once per instance. */
  readonly #truncated = new Set<string>();
  copyTruncate(container: FakeContainer): void {
    this.runAgain(container);
    this.finishLine(container);
    if (this.#truncated.has(container.key) || fs.statSync(container.path).size === 0) return;
    this.#truncated.add(container.key);
    this.note(container, 'copytruncate');
    container.copyTruncate();
  }

  /** Messages of files that were deleted: lost only if the agent died before it had shipped them. */
  readonly #deleted = new Map<string, { messages: Set<string>; bytes: number }>();

  /** kubelet deletes the oldest file; the agent has had the time to see it. */
  async deleteOldest(container: FakeContainer): Promise<void> {
    const [oldest] = container.rotated();
    if (!oldest || !this.#tailer) return;
    const tailer = this.#tailer;
    const names = fs.readdirSync(container.directory).map((name) => `${container.directory}/${name}`);
    const isSeen = (): boolean => {
      const seen = new Set(tailer.status().map((each) => each.path));
      return names.filter((name) => fs.existsSync(name) && !seen.has(name)).length === 0;
    };
    // A second name of the same source is not listed: do without.
    if (!isSeen()) await until(isSeen, 'all files seen', 100).catch(() => undefined);
    if (!isSeen()) return;
    this.closeLate(container);
    this.note(container, `delete ${oldest.slice(-20)}`);
    const bytes = fs.readFileSync(oldest);
    const text = (oldest.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
    const deleted = this.#deleted.get(container.key) ?? { messages: new Set(), bytes: 0 };
    this.#deleted.set(container.key, deleted);
    for (const line of text.split('\n')) deleted.messages.add(line.replace(/^\0*\S+ stdout F /, ''));
    deleted.bytes += text.length;
    fs.unlinkSync(oldest);
  }

  stick(): void {
    if (!this.#tailer || this.outcome.stuck) return;
    this.steps.push('sink stuck');
    this.outcome.stuck = new Promise((resolve) => (this.#unstick = resolve));
  }

  #unstick: (() => void) | undefined;
  unstick(): void {
    this.steps.push('sink flows');
    if (this.#runs.length > 0) this.outcome.stuck = undefined;
    this.#unstick?.();
    this.#unstick = undefined;
  }

  async pause(): Promise<void> {
    const ms = this.pick(60);
    for (const container of this.#containers) this.closeLate(container);
    this.steps.push(`pause ${ms}`);
    await new Promise((wake) => setTimeout(wake, ms));
  }

  /** The limit of descriptors of this agent and of one before it; undefined: there are enough. */
  #few: number | undefined;
  #hadFew = false;
  limitDescriptors(): void {
    const next = fs.openSync('/dev/null', 'r');
    fs.closeSync(next);
    // The watch of the links, and writers that linger, take some of these.
    const numbers = next + 6 + this.pick(6);
    this.#few = this.random() >= FEW ? undefined : numbers + reserveOf(Math.ceil((numbers * 4) / 3));
    this.#hadFew ||= this.#few !== undefined;
  }

  async startAgent(): Promise<void> {
    for (const container of this.#containers) this.closeLate(container);
    this.limitDescriptors();
    const former = this.#runs.at(-1);
    const outcome = new Outcome();
    for (const each of former?.saved.values() ?? []) outcome.saved.set(each.fingerprint, each);
    this.#runs.push(outcome);
    this.#tailer = newTailer(this.kubelet, outcome, {
      bufferBytes: 1024 + this.pick(8000),
      sweepMs: 10,
      quietMs: 30,
      saved: [...outcome.saved.values()],
      firstStart: former === undefined,
      damaged: false,
      hasEnded: ({ key }) => this.#ended.has(key),
      ...(this.#few === undefined ? {} : { fs: { openFilesLimit: () => this.#few! } }),
    });
    this.steps.push(`agent starts${this.#few === undefined ? '' : ', few descriptors'}`);
    await this.#tailer.start();
  }

  /** Stopped in peace, or killed: then what was handed on last is not acknowledged. */
  async restartAgent(inPeace: boolean): Promise<void> {
    for (const container of this.#containers) this.closeLate(container);
    if (this.#tailer) {
      this.steps.push(inPeace ? 'agent stops' : 'agent is killed');
      const before = new Map(this.outcome.saved);
      if (!inPeace) this.outcome.settles = false;
      const stopping = this.#tailer.stop();
      this.unstick();
      await stopping;
      if (!inPeace) {
        this.outcome.saved.clear();
        for (const [fingerprint, saved] of before) this.outcome.saved.set(fingerprint, saved);
      }
      this.#tailer = undefined;
      if (this.random() < 0.5) return;
    }
    await this.startAgent();
  }

  expect(container: FakeContainer, messages: string[]): void {
    const written = this.written.get(container.key) ?? [];
    this.written.set(container.key, written);
    written.push(...messages);
  }

  note(container: FakeContainer, what: string): void {
    this.steps.push(`${container.key.slice(0, 2)}/${container.restart} ${what}`);
  }

  /** All messages of a log over all runs: each run is in order; together they are complete. */
  async check(): Promise<void> {
    for (const [key, all] of this.written) {
      const deleted = this.#deleted.get(key);
      // Only a death of the agent may cost what was deleted, or that its file was closed to make room for others.
      const mayBeLost = this.#runs.length > 1 || this.#hadFew;
      const mayMiss = (message: string): boolean => mayBeLost && deleted?.messages.has(message) === true;
      const said = (): Set<string> => new Set(this.#runs.flatMap((run) => run.messages(key)));
      const missing = (): string[] => {
        const got = said();
        return all.filter((message) => !got.has(message) && !mayMiss(message));
      };
      await until(() => missing().length === 0, `all of ${key}`, 5000).catch((error: Error) => {
        const what = missing().map((each) => each.slice(0, 8));
        throw new Error(`${error.message}; missing ${what.join()} ${JSON.stringify(this.#tailer!.status(), null, 1)}`);
      });
      const order = new Map(all.map((message, i) => [message, i]));
      for (const run of this.#runs) {
        const messages = run
          .messages(key)
          .filter((message) => !/^<gap (rotated_away|deleted_unread|truncated)/.test(message));
        const places = messages.map((message) => order.get(message) ?? message.slice(0, 100));
        const sorted = [...new Set(places)].sort((a, b) => Number(a) - Number(b));
        expect(places, key).toEqual(sorted);
      }
      const lost = this.#runs.flatMap((run) => run.lost).filter((each) => each.key === key);
      const reasons = ['rotated_away'];
      if (this.#hadFew) reasons.push('deleted_unread');
      // The copy of a truncated file may be the one that is deleted, before anybody opened it.
      if (deleted !== undefined) reasons.push('truncated');
      expect(lost.filter(({ reason }) => !reasons.includes(reason))).toEqual([]);
      // Lost bytes are counted once a run at most.
      const bytes = lost.reduce((sum, each) => sum + each.bytes, 0);
      expect(bytes).toBeLessThanOrEqual((deleted?.bytes ?? 0) * this.#runs.length);
    }
  }

  async stop(): Promise<void> {
    this.unstick();
    await this.#tailer?.stop();
    for (const container of this.#containers) {
      this.closeLate(container);
      container.stopWriting();
    }
    this.kubelet.remove();
  }
}

function uid(i: number): string {
  return `${i}0000000-0000-4000-8000-000000000000`;
}

let program: Program | undefined;
afterEach(() => program?.stop());

test(
  `${PROGRAMS} random programs lose nothing and repeat nothing that was acknowledged`,
  { timeout: 600_000 + PROGRAMS * 1000 },
  async () => {
    for (let i = 0; i < PROGRAMS; i++) {
      const seed = FIRST_SEED + i;
      program = new Program(seed);
      try {
        await program.run();
      } catch (error) {
        throw new Error(`seed ${seed}: ${(error as Error).message}\n${program.steps.join('\n')}`, { cause: error });
      }
      await program.stop();
      program = undefined;
    }
  },
);
