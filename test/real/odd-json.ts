/** JSON lines that servers refuse, or nearly so: one for each reason that is known, and random ones that mix them. */
import { dice } from '../helpers/dice.ts';

const times = (n: number, what: string): string => Array.from({ length: n }, () => what).join();

/** Each was refused by an empty index, of OpenSearch 3.8 or Elasticsearch 9.5. */
export const REFUSED: readonly string[] = [
  '{"a":[{"b":1},2]}',
  '{"a":["x",{}]}',
  '{"a":[[{"b":1}],[[true]]]}',
  '{"a":["x",1]}',
  '{"a":[1,1.5]}',
  '{"a":[{"d":1},{"d":"x"}]}',
  '{"a":[{"d":{"e":1}},{"d":[1]}]}',
  '{"a":1,"a.b":2}',
  '{"a":{"b":1},"a.b":{"c":2}}',
  '{"a.b.c":1,"a":{"b":1}}',
  '{"x":[{"a":1},{"a.b":2}]}',
  '{"a":{"b":"x"},"a.b":1}',
  '{".a":1}',
  '{"a..b":1}',
  '{"..":1}',
  '{" ":null}',
  '{"x":{"":{}}}',
  '{"a. .b":1}',
  '{"a.\u3000":1}',
  `{"${'a.'.repeat(19)}b":1}`,
  `${'{"a.a":'.repeat(10)}1${'}'.repeat(10)}`,
  `{"a":${'['.repeat(25)}${']'.repeat(25)}}`,
  '{"a":9223372036854775808}',
  '{"a":-9223372036854775809}',
  '{"a":[1,18446744073709551616]}',
  '{"a":3.4028236e38}',
  '{"a":-1e400}',
  `{"a":${'9'.repeat(39)}.5}`,
  '{"a":1,"a":2}',
  '{"x":[{"a":1,"a":2}]}',
  '{"\\ud800":1}',
  '{"a\\u0000b":1}',
  `{"a":[${times(128, '0.0')}]}`,
  `{"a":[{"v":[${times(128, '0.5')}]},{"v":[${times(130, '0.5')}]}]}`,
  '{"x":{"@timestamp":"2026-11-20 01:02:03"}}',
  '{"@timestamp":true}',
  '{"a":["2026-11-20","x"]}',
  '{"a":["2026/11/20","2026-11-20"]}',
  '{"a":"2026/02/30"}',
  `{"a":"${'x'.repeat(32_750)}"}`,
  `{"a":[${Array.from({ length: 250 }, (_, i) => `{"k${i}":"x","l${i}":"x"}`).join()}]}`,
];

const NAMES = ['a', 'b', 'c', 'd', 'msg', 'level', 'a.b', 'b.c', 'c.d.e'];
const ODD_NAMES = ['', ' ', '.', 'a.', '.b', 'a. ', '@timestamp', 'c\\u002ea', '\u3000', '이름'];
const TEXTS = [
  '',
  'x',
  '1',
  'true',
  '2026-11-20T01:02:03Z',
  '2026-11-20',
  '2026/11/20',
  '2026-1',
  '\\ud83d\\ude00',
  '\\u0000',
  '한국어',
];
const NUMBERS = [
  '0',
  '-1',
  '1.5',
  '1e3',
  '9223372036854775807',
  '9223372036854775808',
  '1e38',
  '1e39',
  '-0.0',
  '1e400',
];

/** A source of random lines that a seed repeats. */
export function oddLines(seed: number): () => string {
  const random = dice(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const pick = (from: readonly string[]): string => from[below(from.length)]!;
  const value = (depth: number): string => {
    const what = below(depth > 4 ? 7 : 12);
    if (what < 2) return pick(NUMBERS);
    if (what < 4) return `"${pick(TEXTS)}"`;
    if (what === 4) return pick(['true', 'false']);
    if (what === 5) return 'null';
    if (what === 6) return pick(['{}', '[]', `[${times(128, '0.5')}]`]);
    const values = Array.from({ length: below(4) }, () => value(depth + 1));
    return what < 9 ? `[${values.join()}]` : object(values);
  };
  const name = (): string => pick(random() < 0.05 ? ODD_NAMES : NAMES);
  const object = (values: string[]): string => `{${values.map((each) => `"${name()}":${each}`).join()}}`;
  return () => object(Array.from({ length: 1 + below(5) }, () => value(1)));
}
