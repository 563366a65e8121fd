/** Renders the manifests as `kubectl apply -k` would. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** An object of the API. Loose on purpose: kube-fields.ts checks the fields, and a test names the one it wants. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Manifest = Record<string, any> & {
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
};

/** The commands that render a kustomization, the first one that is installed; undefined: none is. */
const tool = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
].find(([command, subcommand]) => spawnSync(command!, [subcommand!, '--help']).status === 0);

/** Whether there is a real kustomize: on its own, or within kubectl. */
export const hasKustomize = tool !== undefined;

/** All objects of a kustomization, by the real kustomize. Throws what it says if it will not. */
export function render(dir: string): Manifest[] {
  const [command, ...args] = [...tool!, dir];
  const { status, stdout, stderr } = spawnSync(command!, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return readAll(stdout);
}

/**
 * The same without it, for what the base and the example overlay use and nothing more: resources, labels, images, one
 * ConfigMap that is generated or replaced. Throws where a kustomization says anything else.
 */
export function renderPlainly(dir: string): Manifest[] {
  const { objects, data } = collect(dir);
  for (const [name, { namespace, files, labels }] of data) {
    const hash = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 10);
    objects.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${name}-${hash}`, namespace, labels },
      data: files,
    });
    for (const { configMap } of objects.flatMap((object) => object.spec?.template?.spec.volumes ?? []))
      if (configMap?.name === name) configMap.name = `${name}-${hash}`;
  }
  return objects;
}

/** What a ConfigMap will be, before its name has the hash. */
interface Data {
  readonly namespace: string;
  readonly files: Record<string, string>;
  readonly labels: Record<string, string>;
}

function collect(dir: string): { objects: Manifest[]; data: Map<string, Data> } {
  const file = parse(readFileSync(join(dir, 'kustomization.yaml'), 'utf8'));
  const { resources, configMapGenerator = [], labels = [], images = [], ...rest } = file;
  const unknown = Object.keys(rest).filter((key) => key !== 'apiVersion' && key !== 'kind');
  if (unknown.length > 0) throw new Error(`${dir}: ${unknown.join(', ')} needs a real kustomize`);
  const objects: Manifest[] = [];
  const data = new Map<string, Data>();
  for (const path of (resources as string[]).map((name) => join(dir, name))) {
    if (statSync(path).isDirectory()) {
      const below = collect(path);
      objects.push(...below.objects);
      below.data.forEach((each, name) => data.set(name, each));
    } else objects.push(...readAll(readFileSync(path, 'utf8')));
  }
  for (const { name, namespace, files } of configMapGenerator) {
    const texts = (files as string[]).map((path) => [path, readFileSync(join(dir, path), 'utf8')]);
    data.set(name, { namespace, files: Object.fromEntries(texts), labels: { ...data.get(name)?.labels } });
  }
  for (const { pairs, includeTemplates } of labels) {
    const templates = objects.flatMap((object) => object.spec?.template ?? []);
    for (const { metadata } of [...objects, ...(includeTemplates === true ? templates : [])])
      metadata.labels = { ...metadata.labels, ...pairs };
    for (const each of data.values()) Object.assign(each.labels, pairs);
  }
  for (const { name, newName, newTag } of images)
    for (const container of objects.flatMap((object) => object.spec?.template?.spec.containers ?? []))
      if (container.image.startsWith(`${name}:`)) container.image = `${newName}:${newTag}`;
  return { objects, data };
}

/** Every document of a YAML text; YAML 1.1, as the tools of Kubernetes read it, where 0400 is octal. */
export function readAll(text: string): Manifest[] {
  return parseAllDocuments(text, { version: '1.1' }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    return document.toJS() as Manifest;
  });
}
