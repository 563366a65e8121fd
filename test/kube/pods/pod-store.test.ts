import { describe, expect, it } from 'vitest';
import { until } from '../../helpers/until.ts';
import { containerLog, FORMER_ID, ID, podJson, STATIC, staticPod, UID, type Pod } from '../fixtures.ts';
import { becomes, document, serve, server, started, useRig } from '../rig.ts';

useRig();

describe('matching', () => {
  it('finds a pod by the uid in the path', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const meta = made.meta(containerLog());
    expect(meta.partial).toBe(false);
    expect(document(meta)).toMatchObject({
      kubernetes: { labels: { app: 'shop' }, deployment: { name: 'web' }, pod: { uid: UID, ip: '10.1.2.3' } },
      container: { id: ID, runtime: 'containerd' },
    });
  });

  it('finds a static pod through kubernetes.io/config.mirror, and its new mirror before the old one is gone', async () => {
    await serve();
    server.put(staticPod());
    const made = await started();
    const log = containerLog(STATIC);
    const { uid } = staticPod().metadata;
    expect(document(made.meta(log)).kubernetes).toMatchObject({
      labels: { component: 'kube-scheduler' },
      pod: { uid },
    });
    // The mirror is made again with another uid, and the deletion of the old one is told late.
    server.put(staticPod((p) => (p.metadata.uid = 'second')));
    server.sendRaw(`${JSON.stringify({ type: 'DELETED', object: staticPod() })}\n`);
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'last', uid: 'last' })));
    await until(() => made.admit(containerLog({ pod: 'last', uid: 'last' })) === 'read', 'all of it has come');
    expect(document(made.meta(containerLog(STATIC))).kubernetes.pod).toMatchObject({ uid: 'second' });
    expect(made.counts).toMatchObject({ pods: 2, refusedClaims: 0 });
    expect(made.status().gone).toBe(0);
    server.delete(STATIC.namespace, STATIC.pod);
    await until(() => made.status().gone === 1, 'the static pod is gone');
    expect(document(made.meta(containerLog(STATIC))).kubernetes.pod).toMatchObject({ uid: 'second' });
  });

  it.each([
    ['init', 'initContainer'] as const,
    ['sidecar', 'initContainer'] as const,
    ['debug', 'ephemeralContainer'] as const,
  ])('knows the %s container', async (name, list) => {
    await serve();
    server.put(
      podJson((p) => {
        p.spec[`${list}s`] = [
          { name, image: `image-of-${name}`, ...(name === 'sidecar' && { restartPolicy: 'Always' }) },
        ];
        p.status[`${list}Statuses`] = [{ name, restartCount: 0, containerID: `containerd://${FORMER_ID}` }];
      }),
    );
    const made = await started();
    expect(document(made.meta(containerLog({ container: name }))).container).toMatchObject({
      id: FORMER_ID,
      name,
      image: { name: `image-of-${name}` },
    });
  });

  it('a StatefulSet pod made again under its name: old labels on old lines, new labels on new lines', async () => {
    const db = (uid: string, version: string): Pod =>
      podJson((p) => {
        Object.assign(p.metadata, { name: 'db-0', uid, labels: { version } });
        p.metadata.ownerReferences = [{ kind: 'StatefulSet', name: 'db', controller: true }];
      });
    await serve();
    server.put(db('one', 'old'));
    const made = await started();
    const [before, after] = [containerLog({ pod: 'db-0', uid: 'one' }), containerLog({ pod: 'db-0', uid: 'two' })];
    server.delete('shop', 'db-0');
    server.put(db('two', 'new'));
    await becomes(made, after, ({ kubernetes }) => kubernetes.labels?.version === 'new', 'the new pod is known');
    expect(document(made.meta(before)).kubernetes).toMatchObject({
      labels: { version: 'old' },
      statefulset: { name: 'db' },
    });
  });

  it('does not take a pod for another of the same name', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    const stranger = made.meta(containerLog({ uid: 'another-uid' }));
    expect(stranger.partial).toBe(true);
    expect(document(stranger).kubernetes.labels).toBeUndefined();
  });
});
