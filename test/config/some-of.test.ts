import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { OPTIONAL_FIELDS } from '../../src/util/optional-fields.ts';

function dropped(...sets: string[]): readonly string[] {
  const input = { purpose: 'replay', sets, env: {}, hostname: 'laptop', defaultFile: '/none' } as const;
  return loadConfig(input).config.documents.drop_fields;
}

it.each([
  [[], ['kubernetes.replicaset.name', 'container.image.hash.all']],
  [['documents.drop_fields=none'], []],
  [['documents.drop_fields=all'], OPTIONAL_FIELDS],
  [['documents.drop_fields=ecs.version,kubernetes.pod.uid'], ['kubernetes.pod.uid', 'ecs.version']],
])('documents.drop_fields, given by %j', (sets, fields) => {
  expect(dropped(...sets)).toEqual(fields);
});

it.each([
  ['kubernetes.pod.uuid', /"kubernetes.pod.uuid" is no field that can be dropped; did you mean kubernetes.pod.uid\?$/],
  ['message', /takes all, none or a list of kubernetes.pod.uid, .*, agent.version, not "message"\.$/],
  ['log.offset', /not "log.offset"\.$/],
])('documents.drop_fields=%s is refused with one sentence', (value, sentence) => {
  expect(() => dropped(`documents.drop_fields=${value}`)).toThrow(sentence);
});
