// The Helm chart, rendered by a real Helm: the same objects as the kustomize base, and what each value changes.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { hasHelm, helm, lint, template } from './helpers/helm.ts';
import { readAll, renderPlainly, type Manifest } from './helpers/kustomize.ts';
import { checkAll, containerOf, hostMounts, load, podOf, the } from './helpers/manifests.ts';

/** The address that the base has. The chart has none of its own. */
const NODES = 'nodes={https://elasticsearch.example:9200}';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'podferry-chart-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const render = (...sets: string[]): Manifest[] => {
  const { objects, stderr } = template(NODES, ...sets);
  expect(stderr).toBe('');
  checkAll(objects);
  return objects;
};

test('README.md of the chart is what values.yaml says', () => {
  const { status, stderr } = spawnSync(execPath, ['scripts/chart-values.mjs', '--check'], { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

test('every value is known to the schema and to the check of names, and the reverse', () => {
  const schema = JSON.parse(readFileSync('charts/podferry/values.schema.json', 'utf8'));
  const values = parse(readFileSync('charts/podferry/values.yaml', 'utf8'));
  const [, listed] = /define "podferry.names" -}}\n([^{]*){{/.exec(
    readFileSync('charts/podferry/templates/_check.tpl', 'utf8'),
  )!;
  const known = listed!.trim().split(/\s+/);
  // Helm gives it to every chart that is part of another one.
  const names = known.map((name) => name.replace(/\.\*$/, '')).filter((name) => name !== 'global');
  for (const name of names) {
    const steps = name.split('.');
    expect(
      steps.reduce((at, step) => at?.[step], values),
      name,
    ).toBeDefined();
  }
  const groups = Object.keys(values).filter((key) => !names.includes(key));
  expect(groups.flatMap((group) => Object.keys(values[group]).map((key) => `${group}.${key}`)).sort()).toEqual(
    names.filter((name) => name.includes('.')).sort(),
  );
  expect(Object.keys(schema.properties).sort()).toEqual(Object.keys(values).sort());
  for (const group of groups) {
    const { properties, $ref } = schema.properties[group];
    const inSchema = properties ?? schema.definitions[$ref.split('/').at(-1)].properties;
    expect(Object.keys(inSchema).sort(), group).toEqual(Object.keys(values[group]).sort());
  }
});

describe.skipIf(!hasHelm)('rendered (skipped without helm)', () => {
  test('the objects of the base, field by field, but for what is named here', () => {
    const base = renderPlainly('manifests/base');
    const chart = render();
    // Helm makes namespaces without labels, or none: NOTES.txt says which label is needed.
    const compared = base.filter(({ kind }) => kind !== 'Namespace');
    expect(chart.map(({ kind }) => kind).sort()).toEqual(compared.map(({ kind }) => kind).sort());
    for (const one of compared) {
      const other = the(chart, one.kind);
      expect(alike(other), one.kind).toEqual(alike(one));
    }
    expect(parse(the(chart, 'ConfigMap').data['podferry.yaml'])).toEqual(
      parse(the(base, 'ConfigMap').data['podferry.yaml']),
    );
  });

  /**
   * An object without what differs on purpose: labels that say which release an object is of, the hash that the base has in the
   * name of its ConfigMap and the chart in an annotation, and the settings, whose comments only the base has.
   */
  function alike(object: Manifest): unknown {
    const text = JSON.stringify(object, (key, value) => {
      if (key === 'checksum/config' || key === 'podferry.yaml') return undefined;
      if (/^(app\.kubernetes\.io\/(instance|managed-by)|helm\.sh\/chart)$/.test(key)) return undefined;
      return value;
    });
    return JSON.parse(
      text
        .replaceAll(/podferry-[0-9a-f]{10}"/g, 'podferry"')
        .replace(',"annotations":{}', '')
        .replace('"annotations":{},', ''),
    );
  }

  test('lints strictly, and the agent accepts its settings', () => {
    const { status, stdout } = lint(NODES);
    expect(stdout).not.toMatch(/WARNING|ERROR/);
    expect(status).toBe(0);
    const { config, warnings } = load(render(), dir);
    expect(warnings).toEqual([]);
    expect(config.elasticsearch.nodes).toEqual(['https://elasticsearch.example:9200']);
  });

  test.each([
    ['tolerationz=1', 'there is no value tolerationz: did you mean tolerations?'],
    ['image.tagg=1', 'there is no value image.tagg: did you mean image.tag?'],
    ['hostpaths.docker=true', 'there is no value hostpaths: did you mean hostPaths?'],
    ['podMonitor.enable=true', 'there is no value podMonitor.enable: did you mean podMonitor.enabled?'],
    ['existing_secret=x', 'there is no value existing_secret: did you mean existingSecret?'],
    ['xyzzy=1', 'there is no value xyzzy. README.md'],
    ['namespaceLabels=sometimes', 'namespaceLabels'],
    ['hostPaths.state=relative', 'state'],
    ['image.digest=latest', 'digest'],
    ['nodes={elasticsearch:9200}', 'nodes'],
    ['nodes=null', "nodes is empty: say where Elasticsearch is, --set 'nodes={https://"],
    ['updateStrategy.rollingUpdate.maxSurge=1', 'maxSurge must be 0'],
    ['serviceAccount.create=false', 'serviceAccount.name is empty'],
  ])('%s is refused: %s', (value, sentence) => {
    const { objects, stderr } = template(NODES, value);
    expect(objects).toEqual([]);
    expect(stderr).toContain(sentence);
  });

  test('a changed setting rolls the pods, and nothing else does', () => {
    const sum = (...sets: string[]): string =>
      the(render(...sets), 'DaemonSet').spec.template.metadata.annotations['checksum/config'];
    expect(sum('resources.requests.cpu=100m')).toBe(sum());
    expect(sum('config.batch.max_bytes=1MiB')).not.toBe(sum());
  });

  test('config is passed through whole', () => {
    const objects = render('config.limits.open_bytes=8MiB', 'config.elasticsearch.namespace=shop');
    const { config } = load(objects, dir);
    expect(config.limits.open_bytes).toBe(8 * 1024 * 1024);
    expect(config.elasticsearch.namespace).toEqual(['shop']);
  });

  test('no Secret for a sink that needs none', () => {
    const objects = render('config.sink=stdout', 'config.elasticsearch=null', 'nodes=null', 'existingSecret=');
    expect(podOf(objects).volumes.map(({ name }: { name: string }) => name)).toEqual([
      'config',
      'pod-logs',
      'container-links',
      'state',
    ]);
    expect(load(objects, dir).config.sink).toBe('stdout');
  });

  test('other directories of the node: mounted under their own paths, and in the settings', () => {
    const objects = render('hostPaths.podLogs=/data/pods', 'hostPaths.docker=true', 'hostPaths.linked={/data/docker}');
    const mounts = hostMounts(objects);
    for (const { mountPath, volume } of mounts) expect(mountPath).toBe(volume.hostPath.path);
    expect(mounts.filter(({ readOnly }: { readOnly?: boolean }) => readOnly !== true)).toHaveLength(1);
    expect(mounts.map(({ mountPath }: { mountPath: string }) => mountPath)).toEqual([
      '/data/pods',
      '/var/log/containers',
      '/var/lib/podferry',
      '/var/lib/docker/containers',
      '/data/docker',
    ]);
    expect(parse(the(objects, 'ConfigMap').data['podferry.yaml']).logs).toEqual({
      backlog: 'all',
      pods_dir: '/data/pods',
      allowed_roots: ['/var/lib/docker/containers', '/data/docker'],
    });
  });

  test('image by digest, secrets of the registry, further variables, volumes, labels and annotations', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const objects = render(
      `image.digest=${digest}`,
      'imagePullSecrets[0].name=registry',
      'extraEnv[0].name=PODFERRY_LOG_LEVEL',
      'extraEnv[0].value=debug',
      'extraVolumes[0].name=more',
      'extraVolumes[0].emptyDir.sizeLimit=1Mi',
      'extraVolumeMounts[0].name=more',
      'extraVolumeMounts[0].mountPath=/more',
      'podLabels.team=logs',
      'podAnnotations.note=mine',
    );
    expect(containerOf(objects).image).toBe(`podferry@${digest}`);
    expect(podOf(objects).imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(containerOf(objects).env).toContainEqual({ name: 'PODFERRY_LOG_LEVEL', value: 'debug' });
    expect(podOf(objects).volumes).toContainEqual({ name: 'more', emptyDir: { sizeLimit: '1Mi' } });
    expect(containerOf(objects).volumeMounts).toContainEqual({ name: 'more', mountPath: '/more' });
    const { metadata } = the(objects, 'DaemonSet').spec.template;
    expect(metadata.labels).toMatchObject({ team: 'logs', 'app.kubernetes.io/name': 'podferry' });
    expect(metadata.annotations).toMatchObject({ note: 'mine' });
  });

  test('a label of the pods cannot take the place of one that selectors need', () => {
    const objects = render('podLabels.app\\.kubernetes\\.io/name=other');
    expect(the(objects, 'DaemonSet').spec.template.metadata.labels['app.kubernetes.io/name']).toBe('podferry');
  });

  test.each([
    ['namespaceLabels=true', 'namespace-labels'],
    ['openshift.enabled=true', 'openshift'],
    ['criticalPodsQuota.enabled=true', 'gke'],
    ['podMonitor.enabled=true', 'podmonitor'],
  ])('%s adds what the component %s does', (value, component) => {
    const added = render(value);
    const plain = render();
    const kinds = added.filter(
      (object) => !plain.some(({ kind, metadata }) => kind === object.kind && metadata.name === object.metadata.name),
    );
    const files: Record<string, string[]> = {
      openshift: ['scc.yaml', 'rbac.yaml'],
      gke: ['quota.yaml'],
      podmonitor: ['podmonitor.yaml'],
    };
    const wanted = (files[component] ?? []).flatMap((file) =>
      readFileSync(join('manifests/components', component, file), 'utf8')
        .match(/^kind: (\w+)$/gm)!
        .map((line) => line.slice(6)),
    );
    expect(kinds.map(({ kind }) => kind).sort()).toEqual(wanted.sort());
    if (component === 'namespace-labels') {
      expect(the(added, 'ClusterRole').rules[1]).toEqual({
        apiGroups: [''],
        resources: ['namespaces'],
        verbs: ['get'],
      });
      expect(load(added, dir).config.kubernetes.namespace_labels).toBe(true);
    }
    if (component === 'openshift') expect(containerOf(added).securityContext.seLinuxOptions).toEqual({ type: 'spc_t' });
  });

  test('prometheusRule and dashboard: the alerts and the panels of the repository, with the labels asked for', () => {
    const objects = render('prometheusRule.enabled=true', 'prometheusRule.labels.release=p', 'dashboard.enabled=true');
    const rule = the(objects, 'PrometheusRule');
    expect(rule.metadata.labels['release']).toBe('p');
    expect(rule.spec).toEqual(parse(readFileSync('charts/podferry/files/alerts.yaml', 'utf8')));
    const dashboard = objects.find(({ metadata }) => metadata.name === 'podferry-dashboard')!;
    expect(dashboard.metadata.labels['grafana_dashboard']).toBe('1');
    expect(dashboard['data']['podferry.json']).toBe(readFileSync('charts/podferry/files/dashboard.json', 'utf8'));
  });

  test('serviceMonitor: selects the Service by its labels and port', () => {
    const objects = render('serviceMonitor.enabled=true', 'serviceMonitor.labels.release=prometheus');
    const { metadata, spec } = the(objects, 'ServiceMonitor');
    expect(metadata.labels['release']).toBe('prometheus');
    expect(the(objects, 'Service').metadata.labels).toMatchObject(spec.selector.matchLabels);
    expect(spec.endpoints[0].port).toBe(the(objects, 'Service').spec.ports[0].name);
  });

  test.each(['README.md', 'charts/podferry/README.md'])('the command of %s renders, with nothing else', (path) => {
    const [, command] = /^(helm install (?:.*\\\n)*.*)$/m.exec(readFileSync(path, 'utf8'))!;
    const rendering = command!.replace('install', 'template').replace('--create-namespace', '');
    const { status, stdout, stderr } = spawnSync('sh', ['-c', rendering], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    checkAll(readAll(stdout));
  });

  test('another name of the release is in every name, and selectors still match', () => {
    const { status, stdout } = helm('template', 'logs', 'charts/podferry', '--namespace', 'logs', '--set', NODES);
    expect(status).toBe(0);
    const names = [...stdout.matchAll(/^ {2}name: (\S+)$/gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(['logs-podferry']));
    expect(stdout).not.toContain('app.kubernetes.io/instance: podferry');
  });

  test('what to do next is printed within 80 columns, with the names as they are', () => {
    // `helm template` prints no notes, and `helm install` asks a cluster first: here they are rendered as a ConfigMap.
    const chart = join(dir, 'chart');
    cpSync('charts/podferry', chart, { recursive: true });
    renameSync(join(chart, 'templates/NOTES.txt'), join(chart, 'notes'));
    const wrapped =
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  notes: |\n    {{- tpl (.Files.Get "notes") . | nindent 4 }}\n';
    writeFileSync(join(chart, 'templates/notes.yaml'), wrapped);
    const shown = (...sets: string[]): string => {
      const asked = ['--namespace', 'logging', '--show-only', 'templates/notes.yaml', '--set', NODES, ...sets];
      const { status, stdout, stderr } = helm('template', 'podferry', chart, ...asked);
      expect(status, stderr).toBe(0);
      return readAll(stdout)[0]!['data'].notes;
    };
    const notes = shown();
    expect(notes).toContain('kubectl -n logging create secret generic');
    expect(notes).toContain('daemonset/podferry -- podferry check');
    for (const line of notes.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(shown('--set', 'existingSecret=')).not.toContain('Secret');
  });
});
