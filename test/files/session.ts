/** What every test of the tailer needs around it: a fake kubelet, tailers that are stopped, and the sink's tap. */
import { afterEach, beforeEach } from 'vitest';
import type { Tailer, TailerOptions } from '../../src/files/tailer.ts';
import { FakeKubelet } from '../helpers/kubelet.ts';
import { follow, type Outcome } from './follow.ts';

const stuck: (() => void)[] = [];

export interface Session {
  kubelet: FakeKubelet;
  /** Starts a tailer, after `former` if there was one; it is stopped when the test is over. */
  start(options?: Partial<TailerOptions>, former?: Outcome, outcome?: Outcome): ReturnType<typeof follow>;
}

/** To be called at the top of a test file. */
export function session(): Session {
  let running: Tailer[] = [];
  const current: Session = {
    kubelet: undefined as unknown as FakeKubelet,
    async start(options, former, outcome) {
      const started = await follow(current.kubelet, options, former, outcome);
      running.push(started.tailer);
      return started;
    },
  };
  beforeEach(() => {
    current.kubelet = new FakeKubelet();
    running = [];
  });
  afterEach(async () => {
    for (const flow of stuck.splice(0)) flow();
    for (const tailer of running) await tailer.stop();
    current.kubelet.remove();
  });
  return current;
}

/** Makes the sink of `outcome` stuck; the answer makes it flow again. */
export function stick(outcome: Outcome): () => void {
  let release = (): void => undefined;
  outcome.stuck = new Promise((resolve) => (release = resolve));
  const flow = (): void => {
    outcome.stuck = undefined;
    release();
  };
  stuck.push(flow);
  return flow;
}
