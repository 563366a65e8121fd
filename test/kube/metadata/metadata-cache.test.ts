import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { containerLog, ID, podJson, type Pod } from '../fixtures.ts';
import { becomes, document, serve, server, started, useRig } from '../rig.ts';

useRig();

describe('rendering', () => {
  it('happens only on a change of something rendered, not on every heartbeat', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const log = containerLog();
    const meta = made.meta(log);
    for (let i = 0; i < 10; i++) {
      server.put(podJson((p) => (p.status.conditions = [{ type: 'Ready', lastProbeTime: i }])));
    }
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.counts.pods === 2, 'all of it has come');
    expect(made.meta(log)).toBe(meta);
    expect(made.counts.rendered).toBe(1);
    server.put(podJson((p) => (p.metadata.labels.app = 'new')));
    await becomes(made, log, ({ kubernetes }) => kubernetes.labels.app === 'new', 'the new label');
    expect(made.counts.rendered).toBe(2);
  });

  it('gives the same object to a container whose neighbour was restarted', async () => {
    const pair = (restarts: number): Pod =>
      podJson((p) => {
        p.spec.containers.push({ name: 'side' });
        p.status.containerStatuses.push({
          name: 'side',
          restartCount: restarts,
          containerID: `containerd://${restarts}`,
        });
      });
    await serve();
    server.put(pair(0));
    const made = await started();
    const [web, side] = [containerLog(), containerLog({ container: 'side', restart: 1 })];
    const meta = made.meta(web);
    made.meta(side);
    server.put(pair(1));
    await becomes(made, side, ({ container }) => container.id === '1', 'the restart');
    expect(made.meta(web)).toBe(meta);
  });

  it('follows the container id the link tells', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    const meta = made.meta(log);
    log.containerId = ID;
    expect(made.meta(log)).not.toBe(meta);
    expect(document(made.meta(log)).container.id).toBe(ID);
  });
});
