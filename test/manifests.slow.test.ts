// The manifests, rendered by a real kustomize: components, overlays of an operator's own, and that our own rendering, on which
// the quick tests rest, agrees with it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLE } from '../src/config/table.ts';
import { hasKustomize, render, renderPlainly, type Manifest } from './helpers/kustomize.ts';
import { checkAll, containerOf, hostMounts, load, podOf, the } from './helpers/manifests.ts';

const COMPONENTS = ['alerts', 'dashboard', 'docker', 'gke', 'namespace-labels', 'openshift', 'podmonitor'];

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-manifests-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.skipIf(!hasKustomize)('components and overlays (skipped without kubectl or kustomize)', () => {
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

  test.each(['base', 'overlays/example'])('our own rendering of %s agrees, but for the hash', (path) => {
    const blur = (objects: readonly Manifest[]) =>
      objects
        .map(
          (object) =>
            JSON.parse(JSON.stringify(object).replace(/podferry-[a-z0-9]{10}"/g, 'podferry-HASH"')) as Manifest,
        )
        .sort((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(blur(renderPlainly(join('manifests', path)))).toEqual(blur(render(join('manifests', path))));
  });
});
