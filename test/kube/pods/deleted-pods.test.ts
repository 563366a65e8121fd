import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { containerLog, ID, podJson } from '../fixtures.ts';
import { document, serve, server, started, time, useRig } from '../rig.ts';

useRig();

describe('gone pods', () => {
  it('keep their metadata for lines still to come', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    server.delete('shop', 'web-7d9f8b-abcde');
    await until(() => made.counts.pods === 0, 'it is gone');
    expect(made.status().gone).toBe(1);
    const late = containerLog();
    expect(made.admit(late)).toBe('read');
    expect(document(made.meta(late)).kubernetes.labels.app).toBe('shop');
  });

  it('keep what their last event said', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const log = containerLog({ restart: 3 });
    expect(document(made.meta(log)).container.id).toBeUndefined();
    const last = podJson((p) => (p.status.containerStatuses[0].restartCount = 3));
    server.sendRaw(`${JSON.stringify({ type: 'DELETED', object: last })}\n`);
    await until(() => made.counts.pods === 0, 'it is gone');
    expect(document(made.meta(log)).container.id).toBe(ID);
  });

  it('are forgotten by count and by time, but never by a log that is still open', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const open = containerLog();
    made.meta(open);
    server.delete('shop', 'web-7d9f8b-abcde');
    for (let i = 0; i < 600; i++) {
      server.put(podJson((p) => Object.assign(p.metadata, { name: `p${i}`, uid: `u${i}` })));
      server.delete('shop', `p${i}`);
    }
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.admit(containerLog({ pod: 'last', uid: 'last' })) === 'read', 'all of it has come');
    expect(made.status().gone).toBeLessThanOrEqual(500);
    expect(made.meta(containerLog()).partial).toBe(true);
    expect(document(made.meta(open)).kubernetes.labels.app).toBe('shop');
    expect(made.meta(containerLog({ pod: 'p599', uid: 'u599' })).partial).toBe(false);
    time.ms += 3_600_001;
    expect(made.meta(containerLog({ pod: 'p599', uid: 'u599' })).partial).toBe(true);
  });
});
