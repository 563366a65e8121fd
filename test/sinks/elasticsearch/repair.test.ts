/** Documents that were refused for a field of an application, in the words of real servers. */
import { expect, test } from 'vitest';
import { repair } from '../../../src/sinks/elasticsearch/repair.ts';

const JSON_MEMBER = ',"json":{"a":{"b":"}\\"{"},"labels":{"x":1},"n":12345678901234567890}';
const LABELS = ',"labels":{"app":"web","app_kubernetes_io/name":"{\\\\\\""}';
const ANNOTATIONS = ',"annotations":{"owner":"me"}';
const document = (json = '', labels = '', annotations = '', end = ''): string =>
  `{"@timestamp":"2026-11-20T01:02:03Z","message":"\\",\\"json\\":{","stream":"stdout","log":{"offset":1}${json},` +
  `"kubernetes":{"namespace":"shop"${labels}${annotations}},"agent":{"type":"podferry"}${end}}`;

interface Said {
  repaired?: string[];
  moved?: string;
  [other: string]: unknown;
}

/** What is left of the document besides `podferry`, and what is said there. */
function mended(text: string, reason: string): { rest: string; said: Said } | undefined {
  const bytes = repair(Buffer.from(text), { status: 400, type: 'document_parsing_exception', reason });
  if (bytes === undefined) return undefined;
  const { podferry, ...rest } = JSON.parse(bytes.toString()) as { podferry: Said };
  return { rest: JSON.stringify(rest), said: podferry };
}

const same = (text: string): string => JSON.stringify(JSON.parse(text));
const ALL = document(JSON_MEMBER, LABELS, ANNOTATIONS);

test.each([
  [
    'Elasticsearch: another type',
    "[1:98] failed to parse field [json.a] of type [long] in document with id 'x'. Preview of field's value: 'b'",
  ],
  [
    'Elasticsearch: an object that was a value',
    '[1:98] object mapping for [json] tried to parse field [a] as object, but found a concrete value',
  ],
  [
    'OpenSearch: a value that was an object',
    'Could not dynamically add mapping for field [json.a.b]. Existing mapping for [json.a] must be of type object but found [long].',
  ],
])('%s: the JSON of the line is moved, text by text, and the rest stays', (_, reason) => {
  expect(mended(ALL, reason)).toEqual({
    rest: same(document('', LABELS, ANNOTATIONS)),
    said: { repaired: ['json'], moved: JSON_MEMBER.slice(1) },
  });
});

test('a label, or an annotation', () => {
  expect(mended(ALL, 'failed to parse field [kubernetes.labels.app] of type [long]')).toEqual({
    rest: same(document(JSON_MEMBER, '', ANNOTATIONS)),
    said: { repaired: ['kubernetes.labels'], moved: LABELS.slice(1) },
  });
  expect(mended(ALL, 'failed to parse field [kubernetes.annotations.owner] of type [long]')!.said).toEqual({
    repaired: ['kubernetes.annotations'],
    moved: ANNOTATIONS.slice(1),
  });
});

test.each(['Limit of total fields [1000] has been exceeded while adding new fields [1]', ''])(
  'a reason that names none of them (%j): all of them are moved',
  (reason) => {
    expect(mended(ALL, reason)).toEqual({
      rest: same(document()),
      said: {
        repaired: ['json', 'kubernetes.labels', 'kubernetes.annotations'],
        moved: `${JSON_MEMBER.slice(1)}${LABELS}${ANNOTATIONS}`,
      },
    });
  },
);

test('what the document says of itself stays', () => {
  const own = ',"podferry":{"partial_metadata":true,"truncated":true,"size":70000}';
  expect(mended(document(JSON_MEMBER, '', '', own), '')).toEqual({
    rest: same(document()),
    said: {
      ...{ partial_metadata: true, truncated: true, size: 70000 },
      ...{ repaired: ['json'], moved: JSON_MEMBER.slice(1) },
    },
  });
});

test('once only, and not where there is nothing to be moved', () => {
  const once = repair(Buffer.from(ALL), { status: 400, type: '', reason: '[json]' })!;
  expect(repair(once, { status: 400, type: '', reason: '[kubernetes.labels.app]' })).toBeUndefined();
  expect(repair(Buffer.from(document()), { status: 400, type: '', reason: '[message]' })).toBeUndefined();
});

test('an application that writes our own words moves nothing of ours', () => {
  const json = ',"json":{"podferry":{"repaired":["json"]},"json":{"kubernetes":{}},"x":"}},\\"podferry\\":{}}"}';
  expect(mended(document(json), '[json.x]')).toEqual({
    rest: same(document()),
    said: { repaired: ['json'], moved: json.slice(1) },
  });
});
