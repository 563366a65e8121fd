/** Lines as kubelet, containerd, conmon and cri-dockerd write them, through the whole record stage. */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { makeRecords, read } from '../helpers.ts';

const T = '2017-09-12T22:32:21.212861448Z';

test.each([
  ['kubelet stdout', '2016-10-20T18:39:20.57606443Z stdout F cri stdout test log', 'stdout', 'cri stdout test log'],
  ['kubelet stderr', '2016-10-20T18:39:20.57606443Z stderr F cri stderr test log', 'stderr', 'cri stderr test log'],
  ['more tags', `${T} stdout F:TAG x`, 'stdout', 'x'],
  ['an unknown tag', `${T} stdout X x`, 'stdout', 'x'],
  ['an unknown tag that begins with F', `${T} stdout FOO x`, 'stdout', 'x'],
  ['an empty tag', `${T} stdout  x`, 'stdout', 'x'],
  ['an empty tag, no fraction', '2017-09-12T22:32:21Z stdout  x', 'stdout', 'x'],
  ['an empty tag before a colon', `${T} stdout :P x`, 'stdout', 'x'],
  ['west', '2017-09-12T17:32:21.212861448-05:00 stdout F x', 'stdout', 'x'],
  ['conmon', '2017-09-12T22:32:21.212861448+00:00 stdout F x', 'stdout', 'x'],
  ['east', '2017-09-13T04:02:21.212861448+05:30 stdout F x', 'stdout', 'x'],
  ['one digit', '2017-09-12T22:32:21.2Z stdout F x', 'stdout', 'x'],
  ['empty content', `${T} stdout F `, 'stdout', ''],
  ['no third space', `${T} stdout F`, 'stdout', ''],
  ['no third space, more tags', `${T} stdout F:T`, 'stdout', ''],
  ['spaces in front', `${T} stdout F   x`, 'stdout', '  x'],
  ['five spaces', `${T} stdout F      `, 'stdout', '     '],
  ['NUL', `${T} stdout F a\u0000b`, 'stdout', 'a\u0000b'],
  ['a CR at the end', `${T} stdout F x\r`, 'stdout', 'x'],
  ['two CRs at the end', `${T} stdout F x\r\r`, 'stdout', 'x\r'],
  ['a CR within', `${T} stdout F 10%\r20%`, 'stdout', '10%\r20%'],
  ['nothing but a CR', `${T} stdout F \r`, 'stdout', ''],
  ['content that looks like CRI', `${T} stdout F ${T} stderr P x`, 'stdout', `${T} stderr P x`],
  ['quotes, backslashes, controls', `${T} stdout F "\\\u001b[0m\t`, 'stdout', '"\\\u001b[0m\t'],
])('%s', (_name, line, stream, message) => {
  const one = makeRecords();
  one.read(`${line}\n`);
  const [found, ...more] = one.finish();
  expect(more).toEqual([]);
  expect(found!.body).toEqual({
    '@timestamp': line.split(' ')[0],
    message,
    stream,
    log: { file: { path: one.log.path }, offset: 0 },
    kubernetes: { namespace: 'ns' },
  });
  // the id counts in milliseconds of the instant, whatever the zone
  const ms = BigInt(Date.parse(line.split(' ')[0]!));
  expect(Buffer.from(found!.id.slice(0, 8), 'base64url').readUIntBE(0, 6)).toBe(Number(ms));
  expect(one.position()).toEqual({ out: line.length + 1, err: line.length + 1, time: line.split(' ')[0] });
  expect(one.records.counts.unknownTag).toBe(/ (X|FOO) x$/.test(line) ? 1 : 0);
});

test.each([
  ['no tag', `${T} stdout`],
  ['no tag but a space', `${T} stdout `],
  ['no stream', `${T} F foo bar`],
  ['no time', 'bad-time stderr F foo'],
  ['another stream', `${T} stdin F x`],
  ['a longer stream', `${T} stdouts F x`],
  ['two spaces after the time', `${T}  stdout F x`],
  ['a word behind the stream', `${T} stdout hello`],
  ['a time without a zone', '2017-09-12T22:32:21.212861448 stdout F x'],
  ['ten digits', '2017-09-12T22:32:21.2128614489Z stdout F x'],
  ['before 1970', '1969-12-31T23:59:59Z stdout F x'],
  ['words', 'just some words that are long enough to be a header'],
  ['one byte', 'x'],
  ['a CR', '\r'],
])('unparsed, shipped raw: %s', (_name, line) => {
  const one = makeRecords();
  one.read(`${T} stdout F before\n${line}\n${T} stdout F after\n`);
  const [before, found, after] = one.finish();
  expect(before!.body.message).toBe('before');
  expect(found!.body).toEqual({
    '@timestamp': T,
    message: line,
    log: { file: { path: one.log.path }, offset: T.length + 17 },
    kubernetes: { namespace: 'ns' },
    podferry: { unparsed: true },
  });
  expect(after!.body.message).toBe('after');
  expect(one.records.counts).toMatchObject({ records: 3, unparsed: 1 });
});

test('malformed and valid alternating: all are delivered, in order', () => {
  const text = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? `bad ${i}\n` : `${T} stdout F ${i}\n`)).join('');
  expect(read(text).map((d) => d.body.message)).toEqual(
    Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? `bad ${i}` : String(i))),
  );
});

test('invalid UTF-8 becomes U+FFFD where it was, its neighbours are untouched', () => {
  const one = makeRecords();
  const bad = Buffer.from([0x61, 0xff, 0xe2, 0x82, 0x20, 0xc3, 0xa4, 0xed, 0xa0, 0x80]);
  one.read(Buffer.concat([Buffer.from(`${T} stdout F ä\n${T} stdout F `), bad, Buffer.from(`\n${T} stdout F 한\n`)]));
  expect(one.finish().map((d) => d.body.message)).toEqual(['ä', new TextDecoder().decode(bad), '한']);
});

test('a partial line without its line feed in the content', () => {
  const one = makeRecords();
  one.read(`${T} stdout P part\n`);
  expect(one.batch.count).toBe(0);
  one.read(`${T} stdout F \n`);
  expect(one.finish().map((d) => d.body.message)).toEqual(['part']);
});

test('containerd: 16384 + 1, 2 x 16384 + 1, exactly 16384', () => {
  const x = 'x'.repeat(16384);
  const text =
    `${T} stdout P ${x}\n${T} stdout F y\n` +
    `${T} stdout P ${x}\n${T} stdout P ${x}\n${T} stdout F y\n` +
    `${T} stdout F ${x}\n`;
  expect(read(text).map((d) => d.body.message)).toEqual([`${x}y`, `${x}${x}y`, x]);
});

test('conmon: 8192, 8192, 3616', () => {
  const whole = Buffer.from('한'.repeat(6667)).subarray(0, 20_000); // every cut is within a character, the last one for good
  const line = (tag: string, from: number, to: number) =>
    Buffer.concat([Buffer.from(`${T} stdout ${tag} `), whole.subarray(from, to), Buffer.from('\n')]);
  const found = read(Buffer.concat([line('P', 0, 8192), line('P', 8192, 16384), line('F', 16384, 20_000)]));
  expect(found.map((d) => d.body.message)).toEqual([new TextDecoder().decode(whole)]);
});

test('conmon: the CR and the line feed may be parted by a cut', () => {
  expect(read(`${T} stdout P x\r\n${T} stdout F \n`).map((d) => d.body.message)).toEqual(['x']);
  expect(read(`${T} stdout P x\r\n${T} stdout F y\r\n`).map((d) => d.body.message)).toEqual(['x\ry']);
});

test('a joined record has the time and place of its first line', () => {
  const found = read(`${T} stderr F a\n2017-09-12T22:32:22Z stdout P b\n2017-09-12T22:32:23Z stdout F c\n`);
  expect(found[1]!.body).toMatchObject({
    '@timestamp': '2017-09-12T22:32:22Z',
    message: 'bc',
    log: { offset: T.length + 12 },
  });
});

test('times that run backwards keep the order of the file', () => {
  const text = `${T} stdout F a\n2017-09-12T22:32:20Z stderr F b\n2017-09-12T22:32:21Z stdout F c\n`;
  expect(read(text).map((d) => d.body.message)).toEqual(['a', 'b', 'c']);
});
