/** docs/design.md, "The document": its example and its table are what a replay makes. */
import { expect, test } from 'vitest';
import { TARGETS } from '../src/record/encode/ecs-names.ts';
import { newest } from '../src/setup/abilities.ts';
import { savedObjects } from '../src/setup/saved-objects.ts';
import { templates } from '../src/setup/template.ts';
import { OPTIONAL_FIELDS } from '../src/util/optional-fields.ts';
import { allDocuments, documentsOf, membersOf, type Document } from './helpers/documents.ts';
import { codeIn, rowsOf, section } from './helpers/markdown.ts';

/** What a replay of whole files has no occasion for. */
const ELSEWHERE = [
  'kubernetes.namespace_labels',
  'event.start',
  'event.end',
  'podferry.partial_metadata',
  'podferry.lost_unknown',
  'podferry.repaired',
  'podferry.moved',
];

/** What members of JSON lines become. */
const ECS = TARGETS.map(({ path }) => path);

const TEXT = section('docs/design.md', 'The document');

test('the example is a document of the bundled samples', async () => {
  const example = JSON.parse(/```json\n(.*)\n```/.exec(TEXT)![1]!) as Document;
  const found = (await documentsOf(['samples/pods'], 'samples/pods.json')).find(
    (document) => document['@timestamp'] === example['@timestamp'],
  )!;
  found.log.file.path = `/var/log/${found.log.file.path.slice(found.log.file.path.indexOf('pods/'))}`;
  expect(JSON.stringify(found)).toBe(JSON.stringify(example));
});

test('the table has every member that documents have', async () => {
  const documents = await allDocuments();
  const found = new Set(documents.flatMap((document) => membersOf(document)));
  const told = rowsOf(TEXT).flatMap(([member]) => codeIn(member!));
  expect([...found].filter((member) => !told.includes(member))).toEqual([]);
  // test/record/encode/ecs.test.ts has lines for these.
  expect(ECS.filter((member) => !told.includes(member))).toEqual([]);
  const missing = told.filter((member) => !found.has(member) && !ECS.includes(member));
  expect(missing.toSorted()).toEqual(ELSEWHERE.toSorted());
});

test('the fields that can be dropped are told', () => {
  const told = rowsOf(section('docs/design.md', 'What documents can do without')).map(([field]) => codeIn(field!)[0]);
  expect(told).toEqual(OPTIONAL_FIELDS);
});

test('what README.md, the saved objects and the order of an index ask for cannot be dropped', () => {
  const searches = rowsOf(section('README.md', 'In Kibana')).flatMap(([, searches]) => codeIn(searches!));
  const objects = savedObjects('elasticsearch', 'logs-podferry', 'logs-podferry-*', '0.1.0');
  const kept = { all: null, others: [] };
  const wanted = {
    version: '0.1.0',
    dataset: 'podferry',
    streams: ['logs-podferry-default'],
    retention: kept,
    json: 'flattened',
    index: 'sorted',
  } as const;
  const settings = templates(newest('elasticsearch'), wanted).filter(({ name }) => name === 'logs-podferry-settings');
  const asked = JSON.stringify([searches, objects, settings]).match(/[\w.@]+/g)!;
  for (const field of ['kubernetes.container.restart', 'log.offset', 'kubernetes.pod.name', 'host.name'])
    expect(asked).toContain(field);
  expect(OPTIONAL_FIELDS.filter((field) => asked.includes(field))).toEqual([]);
});
