/**
 * Reads the facts in a snapshot as carefully as the answers of the API: a right checksum shows only that nobody changed the file
 * since it was written, not that podferry wrote it.
 */
import { asArray, asObject, asText, isObject, parseJson } from '../../util/json.ts';
import type { ContainerFacts, PodFacts } from './pod-facts.ts';

/**
 * The pods in a snapshot.
 * @param body the facts of a pod per line, as JSON
 * @returns undefined if any line is something else
 */
export function snapshotFacts(body: string): PodFacts[] | undefined {
  const found: PodFacts[] = [];
  for (const line of body.split('\n')) {
    if (line === '') continue;
    const facts = parseJson(line);
    if (!isPodFacts(facts)) return undefined;
    found.push(facts);
  }
  return found;
}

function isPodFacts(value: unknown): value is PodFacts {
  const pod = asObject(value);
  return (
    ['uid', 'namespace', 'name'].every((key) => asText(pod[key]) !== undefined) &&
    ['mirror', 'source', 'node', 'ip'].every((key) => isMaybe('string', pod[key])) &&
    isTexts(pod['labels']) &&
    isTexts(pod['annotations']) &&
    (pod['owner'] === undefined || isOwner(asObject(pod['owner']))) &&
    Array.isArray(pod['containers']) &&
    asArray(pod['containers']).every(isContainer)
  );
}

function isOwner({ kind, name, controller }: Record<string, unknown>): boolean {
  return typeof kind === 'string' && typeof name === 'string' && typeof controller === 'boolean';
}

function isContainer(value: unknown): value is ContainerFacts {
  const container = asObject(value);
  return (
    asText(container['name']) !== undefined &&
    ['image', 'digest', 'runtime', 'id', 'formerId'].every((key) => isMaybe('string', container[key])) &&
    isMaybe('number', container['restart']) &&
    (container['ended'] === undefined || container['ended'] === true)
  );
}

function isMaybe(type: 'string' | 'number', value: unknown): boolean {
  return value === undefined || typeof value === type;
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((each) => typeof each === 'string');
}
