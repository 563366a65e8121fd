import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { LEVELS } from '../../../src/record/format/words.ts';
import { JsonScan } from '../../../src/record/encode/json-members.ts';
import { ALL, random, read } from '../helpers.ts';

const scan = new JsonScan();

function accepts(content: string | Buffer): boolean {
  const bytes = Buffer.concat([Buffer.from('}'), Buffer.from(content), Buffer.from('},"x":1}')]);
  return scan.object(bytes, 1, bytes.length - 8);
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
  ['half a surrogate pair', '{"a":"\\ud800"}'],
  ['the other half', '{"a":"\\udc00"}'],
  ['two first halves', '{"a":"\\ud800\\ud800"}'],
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
  ['a member twice', '{"a":1,"a":2}'],
  ['a member twice, deep within', '{"x":[{"b":{"a":1,"c":0,"a":2}}]}'],
  ['a message twice', '{"msg":"a","msg":"b"}'],
  ['an empty name', '{"":1}'],
  ['a blank name', '{" ":1}'],
  ['a name of dots', '{"a":{"..":1}}'],
  ['an overlong name', `{"${'n'.repeat(257)}":1}`],
  ['an escape in a name', '{"a\\u0000":1}'],
  ['too deep', deep(17)],
  ['too deep in arrays', `{"a":${'['.repeat(16)}${']'.repeat(16)}}`],
  ['too many names', `{${Array.from({ length: 257 }, (_, i) => `"n${i}":1`).join()}}`],
  ['too long', `{"a":"${'x'.repeat(33_000)}"}`],
  ['an endless number', `{"a":${'1'.repeat(65)}}`],
])('left as a plain message: %s', (_name, content) => {
  expect(accepts(content)).toBe(false);
});

test.each([
  ['names in different objects', '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}'],
  ['names that look alike', '{"a":1,"b":2,"ab":3,"ba":4,"A":5,"a.b":6}'],
  ['as deep as may be', deep(16)],
  ['all kinds of values', '{"a":[true,false,null,-0.5e+7,0,"",{}, []],"b":1E3}'],
  ['spaces', ' {"a":1} '.trim().replace(':', ' : ')],
  ['the longest name', `{"${'n'.repeat(256)}":1}`],
  ['as many names as may be', `{${Array.from({ length: 256 }, (_, i) => `"n${i}":1`).join()}}`],
  ['as long as may be', `{"a":"${'x'.repeat(32 * 1024 - 8)}"}`],
])('taken: %s', (_name, content) => {
  expect(accepts(content)).toBe(true);
});

test('bytes that are no text are left as a plain message', () => {
  const content = Buffer.concat([
    Buffer.from('2026-11-20T01:02:03Z stdout F {"a":"'),
    Buffer.from([0xff]),
    Buffer.from('"}\n'),
  ]);
  const [found] = read(content, { overrides: ALL });
  expect(found!.body.message).toBe('{"a":"\ufffd"}');
  expect(found!.body.json).toBe(undefined);
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
  for (let i = 0; i < 30_000; i++) {
    const content = `{${Array.from({ length: rnd(9) }, () => parts[rnd(parts.length)]).join('')}}`;
    const accepted = accepts(content);
    let parsed: unknown;
    try {
      parsed = JSON.parse(content);
    } catch {
      parsed = undefined;
    }
    if (!accepted) continue;
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
  expect(taken).toBeGreaterThan(100);
});

test('a random object is taken with all it holds', () => {
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
  for (let i = 0; i < 3000; i++) {
    const object: Record<string, unknown> = {
      first: value(0),
      second: value(0),
      level: ['info', 'WARN', 50, 'x'][rnd(4)],
    };
    if (rnd(2) === 0) object['msg'] = 'm';
    const content = JSON.stringify(object);
    const body = one(content);
    expect(body.message, `seed ${seed} ${content}`).toBe(object['msg'] ?? content);
    delete object['msg'];
    expect(body.json).toEqual(JSON.parse(JSON.stringify(object)));
  }
});

test('levels', () => {
  accepts('{"level":"warning"}');
  expect(LEVELS[scan.level]).toBe('warn');
  accepts('{"level":{"level":"error"}}');
  expect(scan.level).toBe(0);
  accepts('{"level":"loud","severity":"error"}');
  expect(LEVELS[scan.level]).toBe('error');
});
