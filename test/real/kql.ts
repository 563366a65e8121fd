/**
 * The part of Kibana's query language that README.md uses: `field : value`, `(a or b)` of values, `and`. As the query that Kibana makes
 * of it, and as a function that says which documents are meant.
 */
import type { Json } from '../../src/util/json.ts';
import { asArray, isObject } from '../../src/util/json.ts';

export interface Search {
  readonly query: Json;
  readonly means: (document: unknown) => boolean;
}

export function kql(text: string): Search {
  const parts = text.split(/ and (?=[\w@.\/-]+ : )/).map(one);
  return {
    query: { bool: { filter: parts.map(({ query }) => query) } },
    means: (document) => parts.every(({ means }) => means(document)),
  };
}

function one(text: string): Search {
  const [, field, wanted] = /^([^ ]+) : (.+)$/.exec(text)!;
  const values = wanted!.replace(/^\((.*)\)$/, '$1').split(' or ');
  // Quoted is a phrase: packages/kbn-es-query/src/kuery/functions/is.ts of Kibana.
  const each = values.map((value) =>
    value.startsWith('"') ? { match_phrase: { [field!]: value.slice(1, -1) } } : { match: { [field!]: value } },
  );
  const bare = values.map((value) => value.replace(/^"(.*)"$/, '$1'));
  return {
    query: { bool: { should: each, minimum_should_match: 1 } },
    means: (document) => valuesAt(document, field!).some((value) => bare.includes(value)),
  };
}

/** Everything that stands at a dotted path, as texts. */
function valuesAt(value: unknown, path: string): string[] {
  if (path === '') return (Array.isArray(value) ? value : [value]).map(String);
  if (!isObject(value)) return asArray(value).flatMap((each) => valuesAt(each, path));
  const names = Object.keys(value).filter((name) => path === name || path.startsWith(`${name}.`));
  return names.flatMap((name) => valuesAt(value[name], path.slice(name.length + 1)));
}
