/** What every test of the tailer needs around it: a fake kubelet, tailers that are stopped, and the sink's tap. */
import { afterEach, beforeEach } from 'vitest';
import type { Tailer, TailerOptions } from '../../src/files/tailer.ts';
import { FakeContainer, FakeKubelet } from '../helpers/kubelet.ts';
import { until } from '../helpers/until.ts';
import { follow, type Outcome } from './follow.ts';

const flows: (() => void)[] = [];

export interface Session {
  kubelet: FakeKubelet;
  /** Starts a tailer, after `former` if there was one; it is stopped when the test is over. */
  start(options?: Partial<TailerOptions>, former?: Outcome, outcome?: Outcome): ReturnType<typeof follow>;
  /** A log of which 'one' was shipped by a tailer that is stopped. */
  stopped(): Promise<{ web: FakeContainer; former: Outcome }>;
  /** A log of which 'one' is shipped and 'two' waits for a sink that is stuck, until flow(). */
  stuck(
    options?: Partial<TailerOptions>,
  ): Promise<{ web: FakeContainer; outcome: Outcome; tailer: Tailer; flow: () => void }>;
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
    async stopped() {
      const web = current.kubelet.start();
      web.say('one');
      const { outcome, tailer } = await current.start();
      await outcome.says(web.key, ['one']);
      await tailer.stop();
      return { web, former: outcome };
    },
    async stuck(options) {
      const web = current.kubelet.start();
      web.say('one');
      const { outcome, tailer } = await current.start(options);
      await outcome.says(web.key, ['one']);
      const flow = stick(outcome);
      web.say('two');
      await until(() => tailer.status()[0]!.why !== '', 'the sink stuck');
      return { web, outcome, tailer, flow };
    },
  };
  beforeEach(() => {
    current.kubelet = new FakeKubelet();
    running = [];
  });
  afterEach(async () => {
    for (const flow of flows.splice(0)) flow();
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
  flows.push(flow);
  return flow;
}
