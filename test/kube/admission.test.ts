import { describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { containerLog, podJson } from './fixtures.ts';
import { document, podMetadata, serve, server, started, time, useRig } from './rig.ts';

useRig();

describe('a file waits for its pod', () => {
  it('until it is known, and then it is read with all there is', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    server.put(podJson());
    await until(() => made.admit(log) === 'read', 'it is admitted');
    expect(made.meta(log).partial).toBe(false);
    expect(made.counts.partial).toBe(0);
  });

  it('no longer than kubernetes.wait; later lines are full as soon as the pod is known', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    time.ms += 4_999;
    expect(made.admit(log)).toBe('wait');
    time.ms += 1;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(true);
    expect(document(made.meta(log)).kubernetes.pod.name).toBe(log.pod);
    expect(made.counts.partial).toBe(1);
    server.put(podJson());
    await until(() => !made.meta(log).partial, 'it is full');
    expect(made.counts.partial).toBe(1);
  });

  it('each file from when it was first asked for', async () => {
    await serve();
    const made = await started();
    const [first, second] = [containerLog(), containerLog({ restart: 1 })];
    made.admit(first);
    time.ms += 5_000;
    expect(made.admit(second)).toBe('wait');
    expect(made.admit(first)).toBe('read');
  });

  it('a container that has just started waits a second for its id, no longer', async () => {
    await serve();
    server.put(podJson((p) => delete p.status.containerStatuses));
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    time.ms += 1_000;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(false);
    expect(document(made.meta(log)).container.image.name).toBe('registry/web:1.2.3');

    const restarted = containerLog({ restart: 1 });
    expect(made.admit(restarted)).toBe('wait');
    server.put(podJson((p) => (p.status.containerStatuses[0].restartCount = 1)));
    await until(() => made.admit(restarted) === 'read', 'its status is there');
  });

  it('the API away from the start: waits, goes with the path, is full later', async () => {
    await serve();
    const { port } = server;
    await server.stop();
    const made = podMetadata();
    await made.start();
    const log = containerLog();
    await until(() => time.pauses.length > 2, 'some attempts have failed');
    expect(made.admit(log)).toBe('wait');
    time.ms += 5_000;
    expect(made.admit(log)).toBe('read');
    expect(made.meta(log).partial).toBe(true);
    server.put(podJson());
    await server.listen(port);
    await until(() => !made.meta(log).partial, 'it is full');
  });

  it('does not wait where no answer is to be expected: 403', async () => {
    await serve();
    server.denied.add('list pods');
    const made = podMetadata();
    await made.start();
    await until(() => made.status().trouble !== undefined, 'it is refused');
    expect(made.admit(containerLog())).toBe('read');
    expect(made.status().trouble).toMatch(/cannot list resource "pods"/);
  });
});
