/** docs/design.md, "The document": its example and its table are what a replay makes. */
import { expect, test } from 'vitest';
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
  expect(told.filter((member) => !found.has(member)).toSorted()).toEqual(ELSEWHERE.toSorted());
});
