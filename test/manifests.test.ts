// The manifests, rendered as they would be applied: every field known, and every fact a deployment relies on.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../src/config/config.ts';
import { TABLE } from '../src/config/table.ts';
import { parseDuration } from '../src/util/units.ts';
import { mistakes } from './helpers/kube-fields.ts';
import { hasKubectl, readAll, render, renderPlainly, type Manifest } from './helpers/kustomize.ts';

const COMPONENTS = ['docker', 'gke', 'namespace-labels', 'openshift', 'podmonitor'];
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

const the = (objects: readonly Manifest[], kind: string, name = 'podferry'): Manifest => {
  const found = objects.filter((o) => o.kind === kind && (o.metadata.name === name || kind === 'ConfigMap'));
  expect(found, `${kind} ${name}`).toHaveLength(1);
  return found[0]!;
};
const podOf = (objects: readonly Manifest[]) => the(objects, 'DaemonSet').spec.template.spec;
const containerOf = (objects: readonly Manifest[]) => podOf(objects).containers[0];
/** Mounts with the volume behind each. */
const mountsOf = (objects: readonly Manifest[]) =>
  containerOf(objects).volumeMounts.map((mount: { name: string; mountPath: string; readOnly?: boolean }) => ({
    ...mount,
    volume: podOf(objects).volumes.find((volume: { name: string }) => volume.name === mount.name),
  }));
const hostMounts = (objects: readonly Manifest[]) =>
  mountsOf(objects).filter(({ volume }: { volume: { hostPath?: unknown } }) => volume.hostPath !== undefined);

/** What every rendering must hold. */
function checkAll(objects: readonly Manifest[]): void {
  for (const object of objects) {
    const who = `${object.kind} ${object.metadata.name}`;
    expect(mistakes(object), who).toEqual([]);
    expect(object.metadata.labels, who).toMatchObject({
      'app.kubernetes.io/name': 'podferry',
      'app.kubernetes.io/component': 'log-agent',
      'app.kubernetes.io/part-of': 'podferry',
    });
    const clusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'SecurityContextConstraints'];
    if (!clusterWide.includes(object.kind)) expect(object.metadata.namespace, who).toBe('podferry');
  }
  const names = objects.map((o) => `${o.kind} ${o.metadata.name}`);
  expect(names).toEqual([...new Set(names)]);
}

/** Loads the settings of a rendered ConfigMap as the agent in the container would, with its Secret under `dir`. */
function load(objects: readonly Manifest[], dir: string) {
  const secrets = join(dir, 'secret');
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, 'api_key'), 'aWQ6a2V5\n');
  writeFileSync(join(secrets, 'ca.crt'), rootCertificates[0]!);
  const file = join(dir, 'podferry.yaml');
  const text: string = the(objects, 'ConfigMap').data['podferry.yaml'];
  writeFileSync(file, text.replaceAll('/etc/podferry-elasticsearch', secrets));
  const env: Record<string, string> = { NODE_NAME: 'node-7' };
  for (const { name, value } of containerOf(objects).env) if (value !== undefined) env[name] = value;
  const sets = [`state.dir=${dir}`, `logs.pods_dir=${dir}`];
  return loadConfig({ purpose: 'run', file, sets, env, hostname: 'podferry-x2x4x' });
}

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-manifests-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.each([
  ...(hasKubectl ? [['kubectl kustomize', render] as const] : []),
  ['the files as they lie', renderPlainly] as const,
])('the base, by %s', (_, how) => {
  let base: Manifest[];
  beforeAll(() => {
    base = how('manifests/base');
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

describe.skipIf(!hasKubectl)('components and overlays (skipped without kubectl)', () => {
  /** The base with some components, as an operator's own overlay. */
  const withComponents = (...names: string[]): Manifest[] => {
    const overlay = mkdtempSync(join(dir, 'overlay-'));
    const to = (path: string) => relative(overlay, resolve('manifests', path));
    const file = { resources: [to('base')], components: names.map((name) => to(join('components', name))) };
    writeFileSync(join(overlay, 'kustomization.yaml'), JSON.stringify(file));
    return render(overlay);
  };

  test('all components together', () => checkAll(withComponents(...COMPONENTS)));

  test('docker: the third directory of links, read-only, under its own path', () => {
    const objects = withComponents('docker');
    checkAll(objects);
    const added = hostMounts(objects).find(({ mountPath }: { mountPath: string }) => mountPath.includes('docker'));
    expect(added).toMatchObject({ mountPath: '/var/lib/docker/containers', readOnly: true });
    expect(added.volume.hostPath.path).toBe('/var/lib/docker/containers');
    expect(TABLE['logs.allowed_roots'].fallback).toBe('/var/lib/docker/containers');
    expect(hostMounts(objects)).toHaveLength(4);
  });

  test('namespace-labels: the setting and the one right it needs', () => {
    const objects = withComponents('namespace-labels');
    checkAll(objects);
    expect(the(objects, 'ClusterRole').rules.slice(1)).toEqual([
      { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
    ]);
    expect(load(objects, dir).config.kubernetes.namespace_labels).toBe(true);
    expect(load(render('manifests/base'), dir).config.kubernetes.namespace_labels).toBe(false);
  });

  test('openshift: constraints that allow what the DaemonSet asks for, and nothing more', () => {
    const objects = withComponents('openshift');
    checkAll(objects);
    const allowed = the(objects, 'SecurityContextConstraints', 'podferry-log-agent');
    const asked = containerOf(objects).securityContext;
    expect(allowed.allowedCapabilities).toEqual(asked.capabilities.add);
    expect(allowed.requiredDropCapabilities).toEqual(asked.capabilities.drop);
    expect(allowed.allowHostDirVolumePlugin).toBe(true);
    expect(allowed.readOnlyRootFilesystem).toBe(true);
    for (const kind of podOf(objects).volumes.map((volume: object) =>
      Object.keys(volume).find((key) => key !== 'name'),
    )) {
      expect(allowed.volumes).toContain(kind);
    }
    const granted = Object.entries(allowed).filter(([key, value]) => key.startsWith('allow') && value === true);
    expect(granted.map(([key]) => key)).toEqual(['allowHostDirVolumePlugin']);
    expect(the(objects, 'ClusterRole', 'podferry-scc').rules).toEqual([
      {
        apiGroups: ['security.openshift.io'],
        resources: ['securitycontextconstraints'],
        resourceNames: [allowed.metadata.name],
        verbs: ['use'],
      },
    ]);
    expect(asked.seLinuxOptions).toEqual({ type: 'spc_t' });
  });

  test('podmonitor: selects the pods by the named port', () => {
    const objects = withComponents('podmonitor');
    checkAll(objects);
    const { spec } = the(objects, 'PodMonitor');
    expect(the(objects, 'DaemonSet').spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.podMetricsEndpoints[0].port).toBe(containerOf(objects).ports[0].name);
  });

  test('gke: a quota for the priority class the pods ask for', () => {
    const objects = withComponents('gke');
    checkAll(objects);
    const [scope] = the(objects, 'ResourceQuota', 'podferry-critical-pods').spec.scopeSelector.matchExpressions;
    expect(scope.values).toEqual([podOf(objects).priorityClassName]);
  });

  test('the example overlay: another registry, its own settings, no key', () => {
    const objects = render('manifests/overlays/example');
    checkAll(objects);
    expect(containerOf(objects).image).toBe(`registry.example/observability/podferry:${version}`);
    const { config, warnings } = load(objects, dir);
    expect(warnings).toEqual([]);
    expect(config.data_stream).toBe('logs-podferry-production');
    // Its own settings replace those of the base, and the probes are still answered.
    expect(config.http.probes).toEqual({ host: '0.0.0.0', port: 9465 });
    expect(config.elasticsearch_ca?.()?.toString()).toContain('BEGIN CERTIFICATE');
    expect(objects.filter(({ kind }) => kind === 'Secret')).toEqual([]);
  });

  test('the example overlay shows how Prometheus may run elsewhere', () => {
    const text = readFileSync('manifests/overlays/example/kustomization.yaml', 'utf8');
    const [, commented] = /^# patches:\n((?:# .*\n)+)/m.exec(text)!;
    const overlay = mkdtempSync(join(dir, 'overlay-'));
    const base = relative(overlay, resolve('manifests/base'));
    writeFileSync(
      join(overlay, 'kustomization.yaml'),
      `resources: [${base}]\npatches:\n${commented!.replaceAll(/^# /gm, '')}`,
    );
    const objects = render(overlay);
    checkAll(objects);
    const [{ from }] = the(objects, 'NetworkPolicy').spec.ingress;
    expect(from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'openshift-user-workload-monitoring' } } },
    ]);
  });

  test('both ways of rendering the base agree, but for the hash', () => {
    const blur = (objects: readonly Manifest[]) =>
      objects
        .map(
          (object) =>
            JSON.parse(JSON.stringify(object).replace(/podferry-[a-z0-9]{10}"/g, 'podferry-HASH"')) as Manifest,
        )
        .sort((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(blur(renderPlainly('manifests/base'))).toEqual(blur(render('manifests/base')));
  });
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
