/** What tests of the whole agent need around it: a node that a fake kubelet keeps, and a look into the agent's process. */
import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent, Node } from '../helpers/agent.ts';
import type { FakeKubelet } from '../helpers/kubelet.ts';

export function nodeOf(kubelet: FakeKubelet): Node {
  const stateDir = join(kubelet.root, 'state');
  mkdirSync(stateDir);
  const { root, podsDir, containersDir } = kubelet;
  return { dir: root, podsDir, containersDir, stateDir, remove: () => kubelet.remove() };
}

/** Resident memory of the agent, bytes. */
export function residentBytes(agent: Agent): number {
  const status = readFileSync(`/proc/${agent.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
}

/** What the agent has open, as the kernel names it: paths, ` (deleted)` after those that have none any more. */
export function openFiles(agent: Agent): string[] {
  const directory = `/proc/${agent.child.pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      return [readlinkSync(join(directory, fd))];
    } catch {
      return []; // Closed meanwhile.
    }
  });
}

const UNITS: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** The sum of buffers that the agent printed at start, bytes. */
export function printedSum(agent: Agent): number {
  const [, number, unit] = /at most ([\d.]+) (\w+) of buffers/.exec(agent.stderr())!;
  return Number(number) * UNITS[unit!]!;
}
