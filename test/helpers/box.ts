/**
 * A box with a network and mounts of its own, for tests that want the very paths, names and ports of a node: Linux namespaces,
 * which only root may make. In it are the programs and files of this machine, but an `/etc` and a `/var` that hold nothing
 * except what is mounted there; loopback is its only network, and names are those of `hosts`.
 */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { until } from './until.ts';

/** Whether boxes can be made here. */
export const hasBoxes =
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['--mount', '--net', 'sh', '-c', 'ip link set lo up && mount -t tmpfs tmpfs /etc']).status ===
    0 &&
  spawnSync('nsenter', ['--version']).status === 0;

export interface Mount {
  /** Of this machine. */
  readonly from: string;
  /** In the box, under /etc or /var. */
  readonly to: string;
  readonly readOnly: boolean;
}

export interface Inside {
  readonly stdin: Writable;
  /** What it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves to the exit status; null after a signal. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

export class Box {
  readonly #holder: ChildProcessByStdio<null, Readable, Readable>;
  readonly #running = new Set<Inside>();

  private constructor(holder: ChildProcessByStdio<null, Readable, Readable>) {
    this.#holder = holder;
  }

  /** @param hosts names of 127.0.0.1 besides localhost */
  static async open(mounts: readonly Mount[], hosts: readonly string[] = []): Promise<Box> {
    const commands = [
      'set -e; ip link set lo up; mount -t tmpfs tmpfs /etc; mount -t tmpfs tmpfs /var',
      `echo '127.0.0.1 localhost ${hosts.join(' ')}' >/etc/hosts; echo 'hosts: files' >/etc/nsswitch.conf`,
      ...mounts.map(
        ({ from, to, readOnly }) => `mkdir -p '${to}'; mount -o bind${readOnly ? ',ro' : ''} '${from}' '${to}'`,
      ),
      // What is not mounted as writable cannot be written to.
      'for each in / /etc /var; do mount -o remount,bind,ro $each; done; echo open; exec sleep infinity',
    ];
    const holder = spawn('unshare', ['--mount', '--net', 'sh', '-c', commands.join('\n')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    holder.stdout.on('data', (data: Buffer) => (said += data.toString()));
    holder.stderr.on('data', (data: Buffer) => (said += data.toString()));
    await until(() => {
      if (holder.exitCode !== null) throw new Error(`the box does not open: ${said}`);
      return said.includes('open\n');
    }, 'the box is open');
    return new Box(holder);
  }

  /** Starts a program in the box. */
  start(command: readonly string[], env: Record<string, string> = {}, cwd?: string): Inside {
    const there = ['sh', '-c', 'cd "$0" && exec "$@"', cwd ?? process.cwd(), ...command];
    const args = ['-t', String(this.#holder.pid), '--mount', '--net', '--', ...there];
    const child = spawn('nsenter', args, { env: { PATH: process.env['PATH'] ?? '', ...env } });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
    const inside: Inside = {
      stdin: child.stdin,
      stdout: () => stdout,
      stderr: () => stderr,
      ended,
      kill: (signal) => void child.kill(signal),
    };
    this.#running.add(inside);
    void ended.then(() => this.#running.delete(inside));
    return inside;
  }

  /** Starts a fake Elasticsearch in it; see elasticsearch-main.mjs. */
  async elasticsearch(options: object): Promise<{ documents(): Promise<string[]> }> {
    const server = this.start([process.execPath, 'test/helpers/elasticsearch-main.mjs', JSON.stringify(options)]);
    await until(() => server.stdout().includes('"url"'), `a fake Elasticsearch; ${server.stderr()}`);
    return {
      async documents() {
        const before = server.stdout().length;
        server.stdin.write('{"sources":true}\n');
        await until(() => server.stdout().endsWith('\n') && server.stdout().length > before, 'the documents');
        return (JSON.parse(server.stdout().slice(before)) as { sources: string[] }).sources;
      },
    };
  }

  /** Waits until `url` answers 200 from within the box. */
  async answers(url: string): Promise<void> {
    const ask = `(async () => { for (;;) {
      const said = await fetch(${JSON.stringify(url)}).then((r) => (r.ok ? '' : r.text()), String);
      if (said === '') return; console.log(said);
      await new Promise((wake) => setTimeout(wake, 100)); } })()`;
    const asking = this.start([process.execPath, '-e', ask]);
    let over = false;
    void asking.ended.then(() => (over = true));
    await until(() => over, `${url} answers`, 20_000).catch((error: unknown) => {
      throw new Error(`${url} says: ${asking.stdout().slice(-500)}`, { cause: error });
    });
  }

  /** Ends all that runs in it. */
  async close(): Promise<void> {
    for (const each of this.#running) each.kill('SIGKILL');
    this.#holder.kill('SIGKILL');
    await Promise.all([...this.#running].map((each) => each.ended));
  }
}

/** A new directory `path` under `root`, with all above it. */
export function directory(root: string, path: string): string {
  const made = join(root, path);
  mkdirSync(made, { recursive: true });
  return made;
}
