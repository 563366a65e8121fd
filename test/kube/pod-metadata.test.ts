import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/util/errors.ts';
import { authority } from '../helpers/certificate.ts';
import { until } from '../helpers/until.ts';
import { AGENT, containerLog, podJson, OVERRIDES, settingsOf, UID } from './fixtures.ts';
import { dir, document, podMetadata, said, serve, server, started, useRig } from './rig.ts';

useRig();

describe('pod overrides', () => {
  const annotate = (annotations: object): void => server.put(podJson((p) => (p.metadata.annotations = annotations)));

  it('an excluded pod is never read, once that is known', async () => {
    await serve();
    const made = await started();
    const log = containerLog();
    expect(made.admit(log)).toBe('wait');
    annotate({ 'podferry.io/exclude': 'true' });
    await until(() => made.admit(log) === 'never', 'it is excluded');
  });

  it('a container can be excluded alone', async () => {
    await serve();
    annotate({ 'podferry.io/exclude-containers': 'web' });
    const made = await started();
    expect(made.admit(containerLog())).toBe('never');
    expect(made.admit(containerLog({ container: 'sidecar' }))).not.toBe('never');
  });

  it('what the operator excludes is not read, whether its pod is known or not, and no pod can change that', async () => {
    await serve();
    annotate({ 'podferry.io/exclude': 'false' });
    const made = await started({
      settingsOf: (log, pod) => ({
        overrides: OVERRIDES,
        exclude: log.container === 'noisy' || pod?.labels['app'] === 'shop',
      }),
    });
    expect(made.admit(containerLog({ container: 'noisy', uid: 'unknown' }))).toBe('never');
    expect(made.admit(containerLog({ uid: 'unknown' }))).toBe('wait');
    expect(made.admit(containerLog())).toBe('never');
  });

  it('are part of the metadata, over the defaults', async () => {
    await serve();
    annotate({ 'podferry.io/min-level': 'warn' });
    const made = await started({ settingsOf: settingsOf({ ...OVERRIDES, multiline: false }) });
    const log = containerLog();
    expect(made.meta(log).overrides).toEqual({ ...OVERRIDES, multiline: false, minLevel: 'warn' });
    expect(made.meta(containerLog({ uid: 'unknown' })).overrides).toEqual({ ...OVERRIDES, multiline: false });
    const before = made.meta(log);
    annotate({ 'podferry.io/min-level': 'error' });
    await until(() => made.meta(log).overrides.minLevel === 'error', 'the change has come');
    expect(made.meta(log)).not.toBe(before);
  });

  it('a bad value is ignored, counted, and visible in the status', async () => {
    await serve();
    annotate({ 'podferry.io/sample': 'often', 'podferry.io/multiline': 'off' });
    const made = await started();
    expect(made.meta(containerLog()).overrides).toEqual({ ...OVERRIDES, multiline: false });
    expect(made.counts.badAnnotations).toBe(1);
    expect(made.status().bad_annotations).toEqual([
      {
        pod: 'shop/web-7d9f8b-abcde',
        annotation: 'podferry.io/sample',
        value: 'often',
        expected: expect.stringContaining('1 to 999999'),
      },
    ]);
    expect(said.matching(/^throttled an annotation of a pod asks for nothing that podferry knows/)).toHaveLength(1);
  });
});

describe('pod overrides that the operator forbids', () => {
  it('are ignored, counted, and visible in the status with what forbids them', async () => {
    await serve();
    server.put(podJson((p) => (p.metadata.annotations = { 'podferry.io/exclude': 'true', 'podferry.io/sample': '9' })));
    const forbiddenBy = (namespace: string, override: string): string | undefined =>
      namespace === 'shop' && override === 'exclude' ? 'kubernetes.pod_overrides' : undefined;
    const made = await started({ forbiddenBy: forbiddenBy });
    expect(made.admit(containerLog())).toBe('read');
    expect(made.meta(containerLog()).overrides).toEqual({ ...OVERRIDES, sample: 9 });
    expect(made.counts.badAnnotations).toBe(1);
    expect(made.status().bad_annotations).toEqual([
      {
        pod: 'shop/web-7d9f8b-abcde',
        annotation: 'podferry.io/exclude',
        value: 'true',
        expected: 'nothing: the operator does not allow it here (kubernetes.pod_overrides)',
      },
    ]);
  });
});

describe('claims that are refused', () => {
  it('are counted, told once with who and why, and listed in the status, also after the pod is gone', async () => {
    await serve();
    server.put(podJson());
    const made = await started();
    expect([made.counts.refusedClaims, made.status().refused_claims]).toEqual([0, []]);
    const attacker = podJson((p) => {
      Object.assign(p.metadata, { namespace: 'evil', name: 'x', uid: 'x' });
      p.metadata.annotations = { 'kubernetes.io/config.mirror': UID, 'podferry.io/exclude': 'true' };
    });
    server.put(attacker);
    await until(() => made.counts.refusedClaims === 1, 'it is refused');
    server.put({ ...attacker, metadata: { ...attacker.metadata, name: 'y', uid: 'y' } });
    server.delete('evil', 'x');
    await until(() => made.counts.refusedClaims === 2 && made.status().gone === 1, 'all of it has come');
    expect(said.matching(/^throttled a pod claims a log that is not its own/)).toHaveLength(1);
    const expected = {
      claim: `kubernetes.io/config.mirror: ${UID}`,
      reason: 'kubernetes.io/config.mirror is not the hash of a manifest: 32 characters of 0-9 and a-f',
    };
    expect(made.status().refused_claims).toEqual([
      { pod: 'evil/y', ...expected },
      { pod: 'evil/x', ...expected },
    ]);
    expect(made.admit(containerLog())).toBe('read');
  });
});

describe('credentials in use', () => {
  it('a rotated token is taken up at once on a 401, a new CA as well, with no pod missed', async () => {
    const [ca, other] = [authority('one'), authority('two')];
    const tokens = new Set(['old']);
    await serve({ tls: ca.issue('api', ['127.0.0.1']), tokens });
    await writeFile(join(dir, 'token'), 'old');
    await writeFile(join(dir, 'ca.crt'), ca.cert);
    server.put(podJson());
    const made = await started();
    tokens.clear();
    tokens.add('new');
    await writeFile(join(dir, 'token'), 'new');
    await writeFile(join(dir, 'ca.crt'), other.cert);
    server.setCertificate(other.issue('api', ['127.0.0.1']));
    server.cut();
    server.put(podJson((p) => Object.assign(p.metadata, { name: 'late', uid: 'late' })));
    await until(() => made.counts.pods === 2, 'the pod of after the change');
    expect(made.counts.lists).toBe(1);
  });

  it('a wrong token is said, and the right one is taken up when it comes', async () => {
    const tokens = new Set(['right']);
    await serve({ tokens });
    await writeFile(join(dir, 'token'), 'wrong');
    server.put(podJson());
    const made = podMetadata();
    await made.start();
    await until(() => said.matching(/token is not accepted/).length === 1, 'it is said');
    expect(made.admit(containerLog())).toBe('read');
    await writeFile(join(dir, 'token'), 'right');
    await until(() => made.counts.pods === 1, 'the pod is known');
    expect(said.lines.join('\n')).not.toMatch(/right\b.*Bearer|wrong$/);
  });
});

describe('PodMetadata', () => {
  it('needs the name of the node', async () => {
    await serve();
    expect(() => podMetadata({ agent: { ...AGENT, node: '' } })).toThrow(OperatorError);
    expect(() => podMetadata({ agent: { ...AGENT, node: '' } })).toThrow(/^node_name/);
  });

  it('can be stopped before it was started, and twice', async () => {
    await serve();
    const made = podMetadata();
    await made.stop();
    const other = await started();
    await other.stop();
    await other.stop();
  });

  it('churn: 200 pods that come and go, with the watch cut now and then: all are known, none but by its own labels', async () => {
    await serve({ pagesCached: true, largestPage: 10 });
    const made = await started();
    const logs = Array.from({ length: 200 }, (_, i) => containerLog({ pod: `p${i % 20}`, uid: `u${i}` }));
    for (const [i, log] of logs.entries()) {
      server.put(
        podJson((p) => {
          Object.assign(p.metadata, { name: log.pod, uid: log.uid, labels: { number: String(i) } });
        }),
      );
      if (i % 37 === 11) server.cut();
      if (i % 50 === 20) server.sendError({ code: 410, reason: 'Expired' });
      await until(() => made.admit(log) === 'read', `pod ${i} is known`);
      server.delete('shop', log.pod);
    }
    await until(() => made.counts.pods === 0, 'all are gone');
    for (const [i, log] of logs.entries()) {
      expect(document(made.meta(log)).kubernetes.labels).toEqual({ number: String(i) });
    }
    expect(made.counts.partial).toBe(0);
  });
});
