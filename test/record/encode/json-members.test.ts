import { Buffer, isUtf8 } from 'node:buffer';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { LEVELS } from '../../../src/record/format/words.ts';
import { JsonScan } from '../../../src/record/encode/json-members.ts';
import { length } from '../../helpers/length.ts';
import { ALL, random, read } from '../helpers.ts';

const scan = new JsonScan();

function accepts(content: string | Buffer): boolean {
  const bytes = Buffer.concat([Buffer.from('}'), Buffer.from(content), Buffer.from('},"x":1}')]);
  return scan.object(bytes, 1, bytes.length - 8, isUtf8(bytes));
}

function one(content: string) {
  const found = read(`2026-11-20T01:02:03Z stdout F ${content}\n`, { overrides: ALL });
  expect(found).toHaveLength(1);
  return found[0]!.body;
}

test.each([
  ['msg', '{"level":30,"msg":"hi","a":1}', 'hi', { level: 30, a: 1 }, 'info'],
  ['message', '{"message":"hi","severity":"ERROR"}', 'hi', { severity: 'ERROR' }, 'error'],
  ['log', '{"log":"hi","a":[]}', 'hi', { a: [] }, undefined],
  ['the only member', '{"msg":"hi"}', 'hi', undefined, undefined],
  ['the first of several', '{ "msg" : "hi" , "a" : 1 }', 'hi', { a: 1 }, undefined],
  ['the last of several', '{ "a" : 1 , "msg" : "hi" }', 'hi', { a: 1 }, undefined],
  ['between others', '{"a":1, "msg":"hi", "b":2}', 'hi', { a: 1, b: 2 }, undefined],
  ['msg before message before log', '{"log":"c","message":"b","msg":"a"}', 'a', { log: 'c', message: 'b' }, undefined],
  ['msg comes first', '{"msg":"a","message":"b"}', 'a', { message: 'b' }, undefined],
  ['escaped text', '{"msg":"a\\n\\"\\u00e4\\ud83d\\ude00","b":"\\/"}', 'a\n"ä😀', { b: '/' }, undefined],
  ['Korean', '{"msg":"주문 완료","사용자":"홍길동"}', '주문 완료', { 사용자: '홍길동' }, undefined],
  ['empty text', '{"msg":"","a":1}', '', { a: 1 }, undefined],
  [
    'a level far behind',
    `{"x":"${'y'.repeat(300)}","level":"warn","msg":"m"}`,
    'm',
    { x: 'y'.repeat(300), level: 'warn' },
    'warn',
  ],
])('message and members: %s', (_name, content, message, json, level) => {
  const body = one(content);
  expect(body.message).toBe(message);
  expect(body.json).toEqual(json);
  expect(body.log.level).toBe(level);
});

test.each([
  ['no message member', '{"a":1,"b":{"msg":"inner"}}', { a: 1, b: { msg: 'inner' } }],
  ['a message that is no string', '{"msg":7}', { msg: 7 }],
  ['log is an object', '{"log":{"level":"x"}}', { log: { level: 'x' } }],
])('the raw line is the message: %s', (_name, content, json) => {
  const body = one(content);
  expect(body.message).toBe(content);
  expect(body.json).toEqual(json);
});

test('an empty object has nothing to add', () => {
  expect(one('{}')).toMatchObject({ message: '{}' });
  expect(one('{}').json).toBe(undefined);
  expect(one('{ }').json).toBe(undefined);
});

const INT64 = ['9223372036854775807', '-9223372036854775808', '999999999999999999', '-0'];
const TOO_LARGE = ['9223372036854775808', '-9223372036854775809', '18446744073709551615', '1'.repeat(60)];
const deep = (n: number) => '{"a":'.repeat(n) + '1' + '}'.repeat(n);

test.each([
  ['not closed', '{"a":1'],
  ['something behind it', '{"a":1} x}'],
  ['two objects', '{"a":1}{"b":2}'],
  ['a comma too many', '{"a":1,}'],
  ['a comma too few', '{"a":1 "b":2}'],
  ['no colon', '{"a" 1}'],
  ['no value', '{"a":}'],
  ['no name', '{:1}'],
  ['a bare name', '{a:1}'],
  ['single quotes', "{'a':1}"],
  ['a raw line feed', '{"a":"x\ny"}'],
  ['a raw tab', '{"a":"x\ty"}'],
  ['an unknown escape', '{"a":"\\x41"}'],
  ['a short escape', '{"a":"\\u00"}'],
  ['no hexadecimal', '{"a":"\\u00g0"}'],
  ['colons are no digits', '{"a":"\\u00:0"}'],
  ['a leading zero', '{"a":01}'],
  ['a plus', '{"a":+1}'],
  ['a bare point', '{"a":1.}'],
  ['a bare exponent', '{"a":1e}'],
  ['a bare minus', '{"a":-}'],
  ['not a number', '{"a":NaN}'],
  ['a cut word', '{"a":tru}'],
  ['an array at the top', '[1]'],
  ['an open array', '{"a":[1}'],
  ['a closed array', '{"a":1]}'],
  ['an array with a comma too many', '{"a":[1,]}'],
  ['too deep', deep(17)],
  ['too deep by dots', `{"a":{"${Array(16).fill('b').join('.')}":1}}`],
  ['too deep in arrays', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`],
  ['too many names', `{${Array.from({ length: 257 }, (_, i) => `"n${i}":1`).join()}}`],
  ['too many names in one array', `{"a":[${Array.from({ length: 256 }, (_, i) => `{"n${i}":1}`).join()}]}`],
  ['too many names by dots', `{${Array.from({ length: 100 }, (_, i) => `"a${i}.b.c":1`).join()}}`],
  ['too much to leave out', `{${Array(300).fill('"a":1').join()}}`],
  ['too long', `{"a":"${'x'.repeat(33_000)}"}`],
  ['an endless number', `{"a":${'1'.repeat(65)}}`],
])('left as a plain message: %s', (_name, content) => {
  expect(accepts(content)).toBe(false);
});

test.each([
  ['names in different objects', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
  ['names that look alike', '{"a":1,"b":2,"ab":3,"ba":4,"A":5,"aa":6}'],
  ['as deep as may be', deep(16)],
  ['all kinds of values', '{"a":true,"b":[false,null],"c":-0.5e+7,"d":0,"e":[""],"f":{},"g":[[],[ ]],"h":1E3}'],
  ['spaces', ' {"a":1} '.trim().replace(':', ' : ')],
  ['the longest name', `{"${'n'.repeat(256)}":1}`],
  ['as many names as may be', `{${Array.from({ length: 256 }, (_, i) => `"n${i}":1`).join()}}`],
  ['as long as may be', `{"a":"${'x'.repeat(32_000 - 8)}"}`],
  ['dots and objects', '{"a":{"b":{},"b.c.d":null},"a.e":2,"f.g":{"h":3},"f.g.i":[4]}'],
  ['objects in arrays', '{"a":[{"b":1,"c":{"d":"x"}},{"b":null},{},{"c":{"d":["y"]}},null]}'],
  ['numbers', `{"a":[${INT64.join()}],"b":[-3.4e38,0.1e-400,${'1'.repeat(38)}.5,0e99]}`],
  [
    'times',
    '{"@timestamp":"2026-11-20T01:02:03.001+09:00","a":{"@timestamp":[1795136523000]},"b":[{"@timestamp":null},{"@timestamp":1}]}',
  ],
  [
    'texts like times',
    '{"a":"2026-11-20","b":"2028/02/29","c":["2026","x","123-4","2026x"],"d":["10.0.0.1:80","-1-2"],"e":"2026/11/31x"}',
  ],
  ['several times', '{"a":["2026-11-20T01:02:03Z",null,"2026-11-20T01:02:03.5+09:00"]}'],
  ['many numbers', `{"a":[${Array(127).fill('0.5').join()}],"b":[${Array(200).fill('0').join()}]}`],
  ['letters of all kinds', '{"ユーザー":1,"사용자":2,"имя":3,"a ":4," b":5,"名.前":6}'],
])('taken: %s', (_name, content) => {
  expect(accepts(content)).toBe(true);
  expect(scan.partial).toBe(false);
});

const many = (n: number) => Array.from({ length: n }, (_, i) => i + 0.5).join();

test.each([
  ['an object and a value in one array', '{"a":[{"b":1},2],"c":3}', { c: 3 }],
  ['a value and an object in one array', '{"c":3,"a":[2,{"b":1}]}', { c: 3 }],
  ['an empty object and a value', '{"a":[{},"x"],"c":[{}]}', { c: [{}] }],
  ['arrays within the array', '{"a":[[{"b":1}],[[2]]],"c":3}', { c: 3 }],
  ['a text and a number in one array', '{"a":["x",1],"c":3}', { c: 3 }],
  ['a number and a truth value in one array', '{"a":[1,true],"c":3}', { c: 3 }],
  ['an integer and another number in one array', '{"a":[1,1.5],"b":[1e3,1],"c":3}', { c: 3 }],
  ['objects of one array that differ', '{"a":[{"b":1,"c":1},{"b":"x"}],"c":3}', { c: 3 }],
  ['objects of one array that differ deep within', '{"a":[{"b":{"c":[1]}},{"b":{"c":[{}]}}],"c":3}', { c: 3 }],
  ['within an object', '{"x":{"y":1,"a":["x",1],"z":2}}', { x: { y: 1, z: 2 } }],
  ['a value, then an object by a dot', '{"a":1,"a.b":2,"c":3}', { a: 1, c: 3 }],
  ['an object by a dot, then a value', '{"a.b":2,"a":1,"c":3}', { 'a.b': 2, c: 3 }],
  ['a value within, then an object by a dot', '{"a":{"b":1},"a.b":{"c":2}}', { a: { b: 1 } }],
  ['an object by a dot, then a value within', '{"a.b.c":1,"a":{"b":1,"d":2}}', { 'a.b.c': 1, a: { d: 2 } }],
  ['a dot within a dot', '{"a.b":1,"a.b.c":2}', { 'a.b': 1 }],
  ['dots deep within', '{"x":[{"y":1}],"a":{"b":{"c":"","c.d":1}}}', { x: [{ y: 1 }], a: { b: { c: '' } } }],
  ['dots in objects of one array', '{"x":[{"a":1},{"a.b":2}],"c":3}', { c: 3 }],
  ['two kinds by a dot', '{"a.b":1,"a":{"b":"x"},"c":3}', { 'a.b': 1, a: {}, c: 3 }],
  ['one member in two ways', '{"a.b":1,"a":{"b":2},"a.b":3}', { 'a.b': 1, a: {} }],
  ['no name', '{"":1,"c":3}', { c: 3 }],
  [
    'a blank name of a large object',
    `{"":{${Array.from({ length: 70 }, (_, i) => `"n${i}":1`).join()}},"c":3}`,
    { c: 3 },
  ],
  ['an escape behind a name that is there', String.raw`{"a\u0000":1,"a":{"b":2}}`, { a: { b: 2 } }],
  ['a blank name', '{"c":3," ":{"a":1}}', { c: 3 }],
  ['another blank', '{"\u3000":1,"\u2003.a":1,"a.\u2028":1,"c":3}', { c: 3 }],
  ['a name of dots', '{"a":{"..":1,"b":2}}', { a: { b: 2 } }],
  ['a dot in front', '{".a":1,"c":3}', { c: 3 }],
  ['a dot behind', '{"a.":1,"c":3}', { c: 3 }],
  ['two dots', '{"a..b":1,"c":3}', { c: 3 }],
  ['a blank between dots', '{"a. .b":null,"c":3}', { c: 3 }],
  ['a NUL in a name', String.raw`{"a\u0000b":1,"c":3}`, { c: 3 }],
  ['a dot that is escaped', String.raw`{"a":1,"a\u002eb":2,"c":3}`, { a: 1, c: 3 }],
  ['a blank name that is escaped', String.raw`{"\u0020":1,"a.\u2003":1,"\u001f":2,"\n":1,"c":3}`, { c: 3 }],
  ['a member twice, once in escapes', String.raw`{"\u0061":1,"b":2,"a":3}`, { b: 2, a: 3 }],
  ['two names of nothing but halves of pairs', String.raw`{"\ud800":1,"\udc00":2,"c":3}`, { '\ufffd': 2, c: 3 }],
  ['an overlong name in escapes', `{"${'\\u0061'.repeat(300)}":1,"c":3}`, { c: 3 }],
  ['an overlong name', `{"${'n'.repeat(257)}":1,"c":3}`, { c: 3 }],
  ['integers of more than 64 bits', `{${TOO_LARGE.map((n, i) => `"a${i}":${n}`).join()},"c":3}`, { c: 3 }],
  ['numbers larger than a float', `{"a":1e39,"b":[-3.41e38],"d":${'9'.repeat(39)}.5,"e":1e400,"c":3}`, { c: 3 }],
  ['a vector', `{"a":[${many(128)}],"b":{"d":[[${many(130)}]]},"c":3}`, { b: {}, c: 3 }],
  [
    'no time where one is expected',
    '{"@timestamp":"now","b":{"@timestamp":"2026-11-20 01:02:03"},"c":3}',
    { b: {}, c: 3 },
  ],
  ['a time and a text', '{"a":["2026-11-20T01:02:03Z","x"],"b":["x","2026-11-20"],"c":3}', { c: 3 }],
  ['other dates and a text', '{"a":["2026T10","x"],"b":["-2026-11-20","x"],"d":["x","2026-1"],"c":3}', { c: 3 }],
  ['two texts that may be times', '{"a":["2026-11-20","2026-11-21"],"b":["2026/11/20","2026T10"],"c":3}', { c: 3 }],
  ['what only looks like a date', '{"a":"2026/02/29","b":"2026/13/01 00:00:00","c":3}', { c: 3 }],
  ['a truth value for a time', '{"@timestamp":true,"x.@timestamp":1.5,"a":[{"@timestamp":{}}],"c":3}', { c: 3 }],
  ['a member twice', '{"a":1,"b":2,"a":3}', { b: 2, a: 3 }],
  ['a member twice, of another kind', '{"a":{"b":1},"a":{"b":"x","c":[2]},"c":3}', { a: { b: 'x', c: [2] }, c: 3 }],
  ['a member three times', '{"a":1,"a":{"b":1},"a":"x"}', { a: 'x' }],
  ['a member twice, deep within', '{"x":[{"b":{"a":1,"c":0,"a":2}}]}', { x: [{ b: { c: 0, a: 2 } }] }],
  ['a member twice within one that is there twice', '{"x":{"a":1,"a":2},"x":{"a":3,"a":4}}', { x: { a: 4 } }],
  ['a message twice', '{"msg":"a","msg":"b"}', { msg: 'b' }],
  ['a message among others', '{"level":"warn","msg":"m","a":[1,{}]}', { level: 'warn', msg: 'm' }],
  ['spaces', '{ "a" : [ 1 , "x" ] , "b" : { "" : 1 , "d" : 2 } , "c" : 3 }', { b: { d: 2 }, c: 3 }],
  ['all there is', '{" ":1,"":{"a":1}}', undefined],
])('what no server takes is left out: %s', (_name, content, json) => {
  const body = one(content);
  expect(body.json).toEqual(json);
  expect(body.message).toBe(content);
  expect(body.podferry).toEqual({ partial_json: true });
});

test('a line of which something is left out has its level', () => {
  expect(one('{"level":"warn","msg":"m","a":[1,{}]}').log.level).toBe('warn');
});

test.each([
  ['Korean names as Python writes them', String.raw`{"\uc774\ub984":"\ud64d\uae38\ub3d9"}`, { 이름: '홍길동' }],
  ['a character of two units in a name', String.raw`{"\ud83d\ude00":1}`, { '😀': 1 }],
  ['short escapes in a name', String.raw`{"a\"b\\c\/d\te":1}`, { 'a"b\\c/d\te': 1 }],
  ['a name in escapes only', `{"${'\\u0061'.repeat(256)}":1}`, { ['a'.repeat(256)]: 1 }],
  [
    'half a pair',
    String.raw`{"a":"x\ud800y","b":"\udc00\ud83d\ude00","c":"\ud800\ud800"}`,
    { a: 'x\ufffdy', b: '\ufffd😀', c: '\ufffd\ufffd' },
  ],
  ['half a pair in a name', String.raw`{"a\ud800":1}`, { 'a\ufffd': 1 }],
  ['spaces around', ' \t {"a":1} \t ', { a: 1 }],
  ['a byte order mark', '\ufeff{"a":1}', { a: 1 }],
  ['colours around', '\u001b[32m{"a":1}\u001b[0m', { a: 1 }],
  ['all of them', '\ufeff \u001b[1;31m {"a":1} \u001b[m ', { a: 1 }],
])('taken as JSON.parse takes it: %s', (_name, content, json) => {
  const body = one(content);
  expect(body.json).toEqual(json);
  expect(body.message).toBe(content);
  expect(body.podferry).toBe(undefined);
});

test.each([
  ['in a value', [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0x22, 0x7d], '{"a":"\ufffd"}', { a: '\ufffd' }],
  ['in a name', [0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d], '{"\ufffd":1}', { '\ufffd': 1 }],
  ['a character cut', [0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xec, 0x9d, 0x22, 0x7d], '{"a":"\ufffd"}', { a: '\ufffd' }],
])('a byte that is no text is replaced: %s', (_name, bytes, message, json) => {
  const [found] = read(
    Buffer.concat([Buffer.from('2026-11-20T01:02:03Z stdout F '), Buffer.from(bytes), Buffer.of(10)]),
    {
      overrides: ALL,
    },
  );
  expect(found!.body.message).toBe(message);
  expect(found!.body.json).toEqual(json);
});

test('the message of a line with a byte that is no text is that of its member', () => {
  const line = Buffer.concat([
    Buffer.from('2026-11-20T01:02:03Z stdout F {"msg":"a'),
    Buffer.of(0xff),
    Buffer.from('","n":1}\n'),
  ]);
  expect(read(line, { overrides: ALL })[0]!.body).toMatchObject({ message: 'a\ufffd', json: { n: 1 } });
});

test.each([
  ['a colour that is none', '\u001b[32{"a":1}'],
  ['a colour that does not end', '\u001b[3'],
  ['text behind', '{"a":1} m'],
  ['nothing but colours', '\u001b[32m\u001b[0m'],
  ['a mark in the wrong place', '{"a":1}\ufeff'],
  ['an escape that is none, and half a pair', String.raw`{"a":"\ud800\x"}`],
])('no JSON: %s', (_name, content) => {
  expect(one(content)).toMatchObject({ message: content });
  expect(one(content).json).toBe(undefined);
});

test('JSON over several lines is one object, in a document of one line', () => {
  const lines = ['{', '  "level": "error",', '  "msg": "a",', '  "n": [1,', '    2]', '}'];
  const found = read(lines.map((line) => `2026-11-20T01:02:03Z stdout F ${line}\n`).join(''), { overrides: ALL });
  expect(found).toHaveLength(1);
  expect(found[0]!.body).toMatchObject({ message: 'a', log: { level: 'error' }, json: { level: 'error', n: [1, 2] } });
});

test('without the override, JSON is text', () => {
  const [found] = read('2026-11-20T01:02:03Z stdout F {"level":40,"msg":"hi"}\n');
  expect(found!.body.message).toBe('{"level":40,"msg":"hi"}');
  expect(found!.body.log.level).toBe('warn');
  expect(found!.body.json).toBe(undefined);
});

test('what is taken is what JSON.parse takes, and the document stays JSON', () => {
  const seed = 21;
  const rnd = random(seed);
  const parts = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"msg"',
    '"level"',
    '1',
    '-0',
    'true',
    'null',
    '"\\u0041"',
    '"x',
    '"',
    ' ',
    '\\',
    '{}',
    '[]',
    '"b":1',
    '0.1',
    '1e5',
  ];
  let taken = 0;
  for (let i = 0; i < length(6000, 30_000); i++) {
    const content = `{${Array.from({ length: rnd(9) }, () => parts[rnd(parts.length)]).join('')}}`;
    const accepted = accepts(content);
    let parsed: unknown;
    try {
      parsed = JSON.parse(content);
    } catch {
      parsed = undefined;
    }
    if (!accepted || scan.partial) continue;
    taken++;
    expect(parsed, `seed ${seed} ${content}`).toBeTypeOf('object');
    const { message, json } = one(content);
    const msg = (parsed as { msg?: unknown }).msg;
    if (typeof msg === 'string') {
      expect(message).toBe(msg);
      delete (parsed as { msg?: unknown }).msg;
    } else expect(message).toBe(content);
    expect(json ?? {}).toEqual(parsed);
  }
  expect(taken).toBeGreaterThan(length(20, 100));
});

test('a random object is taken with all it holds, or without what no server takes', () => {
  let left = 0;
  const seed = 22;
  const rnd = random(seed);
  const value = (depth: number): unknown => {
    switch (rnd(depth > 3 ? 5 : 7)) {
      case 0:
        return rnd(1000) - 500;
      case 1:
        return rnd(2) === 0;
      case 2:
        return null;
      case 3:
        return ['', 'x', '한국"어\\', '\u0000\n', '😀'][rnd(5)];
      case 4:
        return rnd(1e6) / 7;
      case 5:
        return Array.from({ length: rnd(4) }, () => value(depth + 1));
      default:
        return Object.fromEntries(Array.from({ length: rnd(5) }, (_, i) => [`k${i}${rnd(3)}`, value(depth + 1)]));
    }
  };
  for (let i = 0; i < length(800, 3000); i++) {
    const object: Record<string, unknown> = {
      first: value(0),
      second: value(0),
      level: ['info', 'WARN', 50, 'x'][rnd(4)],
    };
    if (rnd(2) === 0) object['msg'] = 'm';
    const content = JSON.stringify(object);
    const body = one(content);
    if (body.podferry) {
      left++;
      expect(body.message).toBe(content);
      expect(isPartOf(body.json, object), `seed ${seed} ${content}`).toBe(true);
    } else {
      expect(body.message, `seed ${seed} ${content}`).toBe(object['msg'] ?? content);
      delete object['msg'];
      expect(body.json).toEqual(JSON.parse(JSON.stringify(object)));
    }
  }
  expect(left).toBeGreaterThan(length(30, 100));
  expect(left).toBeLessThan(length(530, 2000));
});

/** Whether objects lack members only; arrays are whole. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (Array.isArray(whole) || typeof whole !== 'object' || whole === null) return isDeepStrictEqual(part, whole);
  const members = whole as Record<string, unknown>;
  return Object.entries(part as object).every(([name, value]) => isPartOf(value, members[name]));
}

test('levels', () => {
  accepts('{"level":"warning"}');
  expect(LEVELS[scan.said.level]).toBe('warn');
  accepts('{"level":{"level":"error"}}');
  expect(scan.said.level).toBe(0);
  accepts('{"level":"loud","severity":"error"}');
  expect(LEVELS[scan.said.level]).toBe('error');
});
