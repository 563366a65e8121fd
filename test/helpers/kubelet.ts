/**
 * A kubelet and a container runtime, as far as log files go: layout, links, the five steps of a rotation, both ways in which
 * runtimes reopen, restarts, removal and garbage collection. Everything is real files in a temporary directory.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** How the runtime reopens after a rename: containerd appends and lets the old writer linger; conmon renames a `.tmp` in. */
export type Runtime = 'containerd' | 'conmon';

export interface ContainerOptions {
  readonly namespace?: string;
  readonly pod?: string;
  readonly uid?: string;
  readonly container?: string;
  readonly runtime?: Runtime;
  /** kubelet's containerLogMaxFiles. */
  readonly maxFiles?: number;
}

export class FakeKubelet {
  readonly root = fs.mkdtempSync(join(tmpdir(), 'podferry-kubelet-'));
  readonly podsDir = join(this.root, 'pods');
  readonly containersDir = join(this.root, 'containers');
  #seconds = Date.parse('2026-11-20T01:00:00Z') / 1000;
  #nanos = 0;
  #ids = 0;

  constructor() {
    fs.mkdirSync(this.podsDir);
    fs.mkdirSync(this.containersDir);
  }

  /** Starts a container: directory, file, then the link, in kubelet's order. */
  start(options: ContainerOptions = {}): FakeContainer {
    return new FakeContainer(this, options);
  }

  /** A moment later than all before, as a CRI time. */
  time(): string {
    this.#nanos += 1000;
    if (this.#nanos >= 1e9) this.pass(1);
    return `${new Date(this.#seconds * 1000).toISOString().slice(0, 19)}.${String(this.#nanos).padStart(9, '0')}Z`;
  }

  /** Lets the clock in the lines and in the names of rotated files go on. */
  pass(seconds: number): void {
    this.#seconds += seconds;
    this.#nanos = 0;
  }

  /** YYYYMMDD-HHMMSS: what kubelet appends to the name of a rotated file. */
  stamp(): string {
    return new Date(this.#seconds * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  }

  containerId(): string {
    return (++this.#ids).toString(16).padStart(64, 'c');
  }

  /** What the garbage collection does: links that lead nowhere go. */
  removeDanglingLinks(): void {
    for (const name of fs.readdirSync(this.containersDir)) {
      const link = join(this.containersDir, name);
      if (!fs.existsSync(link)) fs.unlinkSync(link);
    }
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }
}

export class FakeContainer {
  readonly #kubelet: FakeKubelet;
  readonly #options: Required<ContainerOptions>;
  readonly podDirectory: string;
  readonly directory: string;
  readonly uid: string;
  restart = 0;
  containerId = '';
  #fd = -1;
  #links = new Map<number, string>();

  constructor(kubelet: FakeKubelet, options: ContainerOptions) {
    this.#kubelet = kubelet;
    this.#options = {
      namespace: 'shop',
      pod: 'web-7d9f8b-abcde',
      uid: '0f6e4a52-1111-4222-8333-944444444444',
      container: 'web',
      runtime: 'containerd',
      maxFiles: 5,
      ...options,
    };
    const { namespace, pod, uid, container } = this.#options;
    this.uid = uid;
    this.podDirectory = join(kubelet.podsDir, `${namespace}_${pod}_${uid}`);
    this.directory = join(this.podDirectory, container);
    fs.mkdirSync(this.directory, { recursive: true });
    this.#begin();
  }

  /** The key of its current log, as types.ts defines it. */
  get key(): string {
    return `${this.uid}/${this.#options.container}/${this.restart}`;
  }

  get path(): string {
    return join(this.directory, `${this.restart}.log`);
  }

  get link(): string {
    return this.#links.get(this.restart)!;
  }

  /** The descriptor that the runtime writes to: kept by a test that writes late to a file that was renamed. */
  get fd(): number {
    return this.#fd;
  }

  /** Writes whole CRI lines with these messages; returns what it wrote. */
  say(...messages: string[]): string {
    return this.sayTo(this.#fd, ...messages);
  }

  sayTo(fd: number, ...messages: string[]): string {
    const text = messages.map((message) => `${this.#kubelet.time()} stdout F ${message}\n`).join('');
    fs.writeSync(fd, text);
    return text;
  }

  /** Writes bytes as they are. */
  write(bytes: string | Buffer): void {
    fs.writeSync(this.#fd, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  }

  /**
   * kubelet's rotation, whole: clean up, delete the oldest, compress, rename, reopen. Returns the new name of the file.
   * Without `closeOld` the runtime's old descriptor stays open, for late writes: close it with fs.closeSync.
   */
  rotate({ closeOld = true, compress = true }: { closeOld?: boolean; compress?: boolean } = {}): string {
    this.cleanUp();
    if (compress) this.compressRotated();
    const rotated = this.rename();
    this.reopen(closeOld);
    return rotated;
  }

  /** Rotated files by name, oldest first. */
  rotated(): string[] {
    const names = fs.readdirSync(this.directory).filter((name) => name.startsWith(`${this.restart}.log.`));
    return names.sort().map((name) => join(this.directory, name));
  }

  /** Steps 1 and 2: temporary files, plain files that are compressed already, and the oldest over the limit go. */
  cleanUp(): void {
    for (const path of this.rotated()) {
      if (path.endsWith('.tmp') || fs.existsSync(`${path}.gz`)) fs.unlinkSync(path);
    }
    const rotated = this.rotated();
    for (const path of rotated.slice(0, Math.max(0, rotated.length - (this.#options.maxFiles - 2))))
      fs.unlinkSync(path);
  }

  /** Step 3: every rotated file that is still plain. */
  compressRotated(): void {
    for (const path of this.rotated()) {
      if (path.endsWith('.gz')) continue;
      fs.writeFileSync(`${path}.tmp`, gzipSync(fs.readFileSync(path)));
      fs.renameSync(`${path}.tmp`, `${path}.gz`);
      fs.unlinkSync(path);
    }
  }

  /** Step 4. */
  rename(): string {
    this.#kubelet.pass(10);
    const rotated = `${this.path}.${this.#kubelet.stamp()}`;
    fs.renameSync(this.path, rotated);
    return rotated;
  }

  /** Step 5. */
  reopen(closeOld = true): void {
    const old = this.#fd;
    if (this.#options.runtime === 'conmon') {
      if (closeOld) fs.closeSync(old);
      // Created anew without O_APPEND, and renamed over the path.
      this.#fd = fs.openSync(`${this.path}.tmp`, 'w', 0o600);
      fs.renameSync(`${this.path}.tmp`, this.path);
    } else {
      this.#fd = fs.openSync(this.path, 'a', 0o640);
      if (closeOld) fs.closeSync(old);
    }
  }

  /** Step 5 failing: kubelet renames back. */
  renameBack(rotated: string): void {
    fs.renameSync(rotated, this.path);
  }

  /** conmon's log_size_max: the file is replaced, its bytes are gone. */
  sizeMax(): void {
    fs.closeSync(this.#fd);
    this.#fd = fs.openSync(`${this.path}.tmp`, 'w', 0o600);
    fs.renameSync(`${this.path}.tmp`, this.path);
  }

  /** logrotate's copytruncate; with `copy` false the copy is gone by the time we look. */
  copyTruncate({ copy = true }: { copy?: boolean } = {}): void {
    if (copy) fs.copyFileSync(this.path, `${this.path}.1`);
    fs.truncateSync(this.path);
  }

  /** The container dies and the next instance starts; with `prune` kubelet removes the one before the one that died. */
  restartContainer({ prune = true }: { prune?: boolean } = {}): void {
    this.stopWriting();
    if (prune && this.restart > 0) this.removeInstance(this.restart - 1);
    this.restart++;
    this.#kubelet.pass(1);
    this.#begin();
  }

  stopWriting(): void {
    if (this.#fd >= 0) fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  /** kubelet's order: the files of the instance, then its link. */
  removeInstance(restart: number): void {
    for (const name of fs.readdirSync(this.directory)) {
      if (name.startsWith(`${restart}.log`)) fs.unlinkSync(join(this.directory, name));
    }
    const link = this.#links.get(restart);
    if (link) fs.rmSync(link, { force: true });
    this.#links.delete(restart);
  }

  /** The pod's directory goes as a whole, links by the garbage collection. */
  removePod(): void {
    fs.rmSync(this.podDirectory, { recursive: true, force: true });
    this.#kubelet.removeDanglingLinks();
  }

  #begin(): void {
    this.containerId = this.#kubelet.containerId();
    this.#fd = fs.openSync(this.path, 'a', 0o640);
    const { namespace, pod, container } = this.#options;
    const name = `${pod}_${namespace}_${container}-${this.containerId}`.slice(0, 251);
    const link = join(this.#kubelet.containersDir, `${name}.log`);
    fs.symlinkSync(this.path, link);
    this.#links.set(this.restart, link);
    fs.mkdirSync(dirname(link), { recursive: true });
  }
}
