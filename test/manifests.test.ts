// The manifests, rendered as they would be applied: every field known, and every fact a deployment relies on. What needs a
// real kustomize is in manifests.slow.test.ts, where it is also seen that both render the same.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLE } from '../src/config/table.ts';
import { parseDuration } from '../src/util/units.ts';
import { mistakes } from './helpers/kube-fields.ts';
import { readAll, renderPlainly as render, type Manifest } from './helpers/kustomize.ts';
import { checkAll, containerOf, hostMounts, load, mountsOf, podOf, the } from './helpers/manifests.ts';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-manifests-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe('the base', () => {
  let base: Manifest[];
  beforeAll(() => {
    base = render('manifests/base');
  });

  test('only known fields, labels everywhere, all in the namespace', () => {
    checkAll(base);
    expect(base.map(({ kind }) => kind).sort()).toEqual([
      'ClusterRole',
      'ClusterRoleBinding',
      'ConfigMap',
      'DaemonSet',
      'Namespace',
      'NetworkPolicy',
      'Service',
      'ServiceAccount',
    ]);
    for (const { metadata } of base) expect(metadata.labels['app.kubernetes.io/version']).toBe(version);
  });

  test('the namespace admits hostPath volumes and uid 0', () => {
    expect(the(base, 'Namespace').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'privileged',
    });
  });

  test('the rights are: read pods. Nothing else', () => {
    expect(the(base, 'ClusterRole').rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    ]);
    const { roleRef, subjects } = the(base, 'ClusterRoleBinding');
    expect(roleRef).toEqual({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'podferry' });
    expect(subjects).toEqual([{ kind: 'ServiceAccount', name: 'podferry', namespace: 'podferry' }]);
    expect(podOf(base).serviceAccountName).toBe('podferry');
    expect(the(base, 'ServiceAccount').automountServiceAccountToken).toBe(false);
    expect(podOf(base).automountServiceAccountToken).toBe(true);
  });

  test('it runs on every Linux node, tainted ones too, and is among the last to be evicted', () => {
    expect(podOf(base).tolerations).toEqual([{ operator: 'Exists' }]);
    expect(podOf(base).nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' });
    expect(podOf(base).priorityClassName).toBe('system-node-critical');
  });

  test('a roll-out takes a few nodes at a time, and never two agents on one', () => {
    const { type, rollingUpdate } = the(base, 'DaemonSet').spec.updateStrategy;
    expect(type).toBe('RollingUpdate');
    expect(rollingUpdate.maxUnavailable).toMatch(/^\d+%$/);
    expect(rollingUpdate.maxSurge).toBe(0);
  });

  test('uid 0, every capability dropped but DAC_READ_SEARCH, no escalation, read-only root, seccomp', () => {
    expect(containerOf(base).securityContext).toEqual({
      runAsUser: 0,
      runAsGroup: 0,
      privileged: false,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['DAC_READ_SEARCH'] },
    });
    expect(podOf(base).securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
    expect(podOf(base).hostNetwork).toBe(false);
    for (const never of ['hostPID', 'hostIPC']) expect(podOf(base)).not.toHaveProperty(never);
  });

  test('directories of the node are mounted under their own paths, all read-only but the state', () => {
    const mounts = hostMounts(base);
    for (const { mountPath, volume } of mounts) expect(mountPath).toBe(volume.hostPath.path);
    const writable = mountsOf(base).filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true);
    expect(writable.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual(['/var/lib/podferry']);
    expect(mounts.map(({ mountPath }: { mountPath: string }) => mountPath).sort()).toEqual([
      '/var/lib/podferry',
      '/var/log/containers',
      '/var/log/pods',
    ]);
    const state = mounts.find(({ mountPath }: { mountPath: string }) => mountPath === '/var/lib/podferry');
    expect(state.volume.hostPath.type).toBe('DirectoryOrCreate');
  });

  test('no volume is mounted inside another: the config map is read-only, so no directory could be made in it', () => {
    const paths: string[] = mountsOf(base).map(({ mountPath }: { mountPath: string }) => mountPath);
    for (const path of paths) expect(paths.filter((other) => other.startsWith(`${path}/`))).toEqual([]);
  });

  test('the settings left to their defaults fit the mounts and the port; the probes have one of their own', () => {
    const paths = hostMounts(base).map(({ mountPath }: { mountPath: string }) => mountPath);
    expect(paths).toContain(TABLE['logs.pods_dir'].fallback);
    expect(paths).toContain(TABLE['logs.containers_dir'].fallback);
    expect(paths).toContain(TABLE['state.dir'].fallback);
    expect(TABLE['http.listen'].fallback).toBe('0.0.0.0:9464');
    expect(containerOf(base).ports).toEqual([
      { name: 'metrics', containerPort: 9464, protocol: 'TCP' },
      { name: 'probes', containerPort: 9465, protocol: 'TCP' },
    ]);
    expect(load(base, dir).config.http).toEqual({
      listen: { host: '0.0.0.0', port: 9464 },
      probes: { host: '0.0.0.0', port: 9465 },
      status: 'loopback',
    });
  });

  test('the agent accepts its settings, and knows its node from the downward API', () => {
    const { config, warnings } = load(base, dir);
    expect(warnings).toEqual([]);
    expect(config.node_name).toBe('node-7');
    expect(config.elasticsearch.nodes).toEqual(['https://elasticsearch.example:9200']);
    expect(config.elasticsearch.api_key?.()).toBe('aWQ6a2V5');
    expect(containerOf(base).env).toContainEqual({
      name: 'NODE_NAME',
      valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } },
    });
    expect(containerOf(base).args).toEqual(['run']);
  });

  test('a changed setting rolls out: the DaemonSet names the config map with its hash', () => {
    const { metadata } = the(base, 'ConfigMap');
    expect(metadata.name).toMatch(/^podferry-[a-z0-9]{10}$/);
    const config = mountsOf(base).find(({ mountPath }: { mountPath: string }) => mountPath === '/etc/podferry');
    expect(config.volume.configMap.name).toBe(metadata.name);
  });

  test('the key is a mounted Secret that is not in the repository, readable by the owner, replaced without a restart', () => {
    expect(base.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const secret = mountsOf(base).find(
      ({ mountPath }: { mountPath: string }) => mountPath === '/etc/podferry-elasticsearch',
    );
    expect(secret.volume.secret).toEqual({ secretName: 'podferry-elasticsearch', defaultMode: 0o400 });
    expect(secret).not.toHaveProperty('subPath');
    const text: string = the(base, 'ConfigMap').data['podferry.yaml'];
    expect(text).toContain('api_key_file: /etc/podferry-elasticsearch/api_key');
  });

  test('service links are off: they would set PODFERRY_… variables', () => {
    expect(podOf(base).enableServiceLinks).toBe(false);
  });

  test('only a stuck process fails liveness, and only after two minutes; readiness is asked apart', () => {
    const { startupProbe, livenessProbe, readinessProbe } = containerOf(base);
    for (const probe of [startupProbe, livenessProbe, readinessProbe]) expect(probe.httpGet.port).toBe('probes');
    expect(startupProbe.httpGet.path).toBe('/livez');
    expect(livenessProbe.httpGet.path).toBe('/livez');
    expect(readinessProbe.httpGet.path).toBe('/readyz');
    expect(livenessProbe.periodSeconds * livenessProbe.failureThreshold).toBeGreaterThanOrEqual(120);
    expect(startupProbe.periodSeconds * startupProbe.failureThreshold).toBeGreaterThanOrEqual(60);
  });

  test('requests and a memory limit, but no CPU limit', () => {
    expect(containerOf(base).resources).toEqual({
      requests: { cpu: '50m', memory: '120Mi' },
      limits: { memory: '256Mi' },
    });
  });

  test('the kubelet waits longer than the agent drains', () => {
    const drain = parseDuration(TABLE['stop.grace'].fallback)! / 1000;
    expect(podOf(base).terminationGracePeriodSeconds).toBeGreaterThan(drain + 5);
  });

  test('selectors match the pods, the port has a name, and unready agents are scraped too', () => {
    const { selector, template } = the(base, 'DaemonSet').spec;
    const { spec } = the(base, 'Service');
    expect(template.metadata.labels).toMatchObject(selector.matchLabels);
    expect(template.metadata.labels).toMatchObject(spec.selector);
    expect(selector.matchLabels).not.toHaveProperty('app.kubernetes.io/version');
    expect(spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    expect(spec.ports).toEqual([{ name: 'metrics', port: 9464, targetPort: 'metrics', protocol: 'TCP' }]);
  });

  test('only Prometheus may connect, and only to the metrics', () => {
    const { podSelector, policyTypes, ingress } = the(base, 'NetworkPolicy').spec;
    expect(podSelector).toEqual(the(base, 'DaemonSet').spec.selector);
    // No egress: where the API server and Elasticsearch are is not known here.
    expect(policyTypes).toEqual(['Ingress']);
    expect(ingress).toEqual([
      {
        from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
        ports: [{ protocol: 'TCP', port: containerOf(base).ports[0].name }],
      },
    ]);
  });

  test('the image is this version, pinned', () => {
    expect(containerOf(base).image).toBe(`podferry:${version}`);
  });
});

test('the example overlay: another registry, its own settings, no key', () => {
  const objects = render('manifests/overlays/example');
  checkAll(objects);
  expect(containerOf(objects).image).toBe(`registry.example/observability/podferry:${version}`);
  const { config, warnings } = load(objects, dir);
  expect(warnings).toEqual([]);
  expect(config.data_streams).toEqual(['logs-podferry-production']);
  // Its own settings replace those of the base, and the probes are still answered.
  expect(config.http.probes).toEqual({ host: '0.0.0.0', port: 9465 });
  expect(config.elasticsearch_tls.ca?.()?.toString()).toContain('BEGIN CERTIFICATE');
  expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
});

test('the example overlay asks for nothing that an API server does not know by itself', () => {
  const groups = render('manifests/overlays/example').map(({ apiVersion }) => (apiVersion as string).split('/')[0]!);
  for (const group of groups) expect(group).toMatch(/^(v1|apps|[a-z.]+\.k8s\.io)$/);
});

test('the parts that the example overlay names in a comment exist, and are all there are', () => {
  const text = readFileSync('manifests/overlays/example/kustomization.yaml', 'utf8');
  const named = [...text.matchAll(/^# {3}- \.\.\/\.\.\/components\/(\S+)$/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(readdirSync('manifests/components').sort());
});

test('the sample Secret has the form the DaemonSet mounts, and holds no key', () => {
  const [secret, ...rest] = readAll(readFileSync('manifests/samples/secret.yaml', 'utf8'));
  checkAll([secret!, ...rest]);
  expect(secret!.metadata).toMatchObject({ name: 'podferry-elasticsearch', namespace: 'podferry' });
  expect(Object.keys(secret!.stringData)).toEqual(['api_key', 'ca.crt']);
  expect(secret!.stringData.api_key).toBe('replace-me');
});

test('the sample API key may add documents to our data streams, and can neither read nor change any', () => {
  const { role_descriptors: roles } = JSON.parse(readFileSync('manifests/samples/api-key.json', 'utf8'));
  expect(Object.values(roles)).toEqual([
    {
      cluster: ['monitor'],
      indices: [{ names: ['logs-podferry-*'], privileges: ['auto_configure', 'create_doc'] }],
    },
  ]);
});

test('the check of fields is strict: unknown, missing and mistyped ones are found', () => {
  const metadata = { name: 'podferry' };
  expect(mistakes({ apiVersion: 'v1', kind: 'Pod' })).toEqual(['unknown kind v1 Pod']);
  expect(mistakes({ apiVersion: 'v1', kind: 'ConfigMap', metadata, date: {} } as object)).toEqual([
    'ConfigMap.date is not a known field',
    'ConfigMap.data is missing',
  ]);
  expect(mistakes({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 1 } } as object)).toEqual([
    'ConfigMap.data is not texts: {"a":1}',
  ]);
});
