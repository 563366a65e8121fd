import { describe, expect, test } from 'vitest';
import type { Acknowledged, Batch, Frame } from '../../../src/types.ts';
import { StdoutSink } from '../../../src/sinks/stdout/stdout.ts';
import type { StdoutFormat } from '../../../src/sinks/stdout/stdout.ts';
import { until } from '../../helpers/until.ts';

const never = new AbortController().signal;

const NO_FRAME: Frame = { bytes: Buffer.alloc(0), idFrom: 0, idTo: 0 };

/** A batch as one is made for a sink that wants this in front of documents. */
function framed(frame: Frame, documents: readonly object[]): Batch {
  const texts = documents.map((document) => `${frame.bytes.toString()}${JSON.stringify(document)}\n`);
  let end = 0;
  const ends = Uint32Array.from([...texts.map((text) => (end += Buffer.byteLength(text))), 0, 0]);
  // The slab is larger than what is in use, as it is in the agent.
  const bytes = Buffer.from(texts.join('') + '{"of":"a former batch"}\n');
  return {
    seq: 1,
    bytes,
    length: end,
    ends,
    count: documents.length,
    frame,
    positions: new Map(),
  };
}

const batchOf = (...documents: object[]): Batch => framed(NO_FRAME, documents);

function sinkInto(format: StdoutFormat, write?: (bytes: Buffer) => Promise<void>) {
  const printed: string[] = [];
  const acknowledged: Acknowledged[] = [];
  const failed: Error[] = [];
  const sink = new StdoutSink({
    write: write ?? (async (bytes) => void printed.push(bytes.toString())),
    format,
    colour: false,
    acknowledged: (outcome) => acknowledged.push(outcome),
    failed: (error) => failed.push(error),
  });
  return { sink, printed, acknowledged, failed };
}

describe('formats', () => {
  const batch = () => batchOf({ message: '하나' }, { message: 'two' }, { message: '3️⃣' });

  test('bulk is the bulk body, byte for byte, and nothing of the slab behind it', async () => {
    const { sink, printed } = sinkInto('bulk');
    await sink.send(framed(sink.frame(0)!, [{ message: '하나' }, { message: 'two' }]), never);
    expect(printed.join('')).toBe('{"create":{}}\n{"message":"하나"}\n{"create":{}}\n{"message":"two"}\n');
    const { bytes, idFrom, idTo } = sink.frame(4)!;
    expect(bytes.toString('utf8').replace(bytes.toString('utf8', idFrom, idTo), '_abc')).toBe(
      '{"create":{"_id":"_abc"}}\n',
    );
  });

  test('ndjson is one document per line, without action lines', async () => {
    const { sink, printed } = sinkInto('ndjson');
    expect(sink.frame(28)).toBeUndefined();
    await sink.send(batch(), never);
    await sink.send(batchOf({ message: 'later' }), never);
    expect(printed.join('')).toBe('{"message":"하나"}\n{"message":"two"}\n{"message":"3️⃣"}\n{"message":"later"}\n');
  });

  test('pretty is laid out for a person', async () => {
    const { sink, printed } = sinkInto('pretty');
    await sink.send(batchOf({ '@timestamp': '2026-11-20T01:02:03.001655154Z', message: 'hello' }), never);
    expect(printed.join('')).toBe('── 2026-11-20 UTC ──\n01:02:03.001           hello\n');
  });

  test('the batch is read only: another sink could send the same bytes', async () => {
    const { sink } = sinkInto('ndjson');
    const sent = batch();
    const before = Buffer.from(sent.bytes);
    await sink.send(sent, never);
    expect(sent.bytes.equals(before)).toBe(true);
  });
});

test('documents are settled once the system took the bytes, and batches are written in order', async () => {
  const pending: (() => void)[] = [];
  const order: string[] = [];
  const { sink, acknowledged } = sinkInto('ndjson', (bytes) => {
    order.push(bytes.toString());
    return new Promise((taken) => pending.push(taken));
  });
  const first = sink.send(batchOf({ n: 1 }, { n: 2 }), never);
  const second = sink.send(batchOf({ n: 3 }), never);
  await until(() => pending.length === 1, 'the first batch is offered');
  expect(acknowledged).toEqual([]);
  pending[0]!();
  await first;
  expect(acknowledged).toEqual([{ stored: 2, duplicate: 0, rejected: 0 }]);
  await until(() => pending.length === 2, 'the second batch is offered');
  pending[1]!();
  await second;
  await sink.close();
  expect(order).toEqual(['{"n":1}\n{"n":2}\n', '{"n":3}\n']);
});

describe('a write that fails', () => {
  const brokenPipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });

  test('is told once, settles nothing, and send() rejects only when stopped', async () => {
    const stop = new AbortController();
    let writes = 0;
    const { sink, acknowledged, failed } = sinkInto('ndjson', async () => {
      writes++;
      throw brokenPipe;
    });
    const sent = [sink.send(batchOf({ n: 1 }), stop.signal), sink.send(batchOf({ n: 2 }), stop.signal)];
    const outcomes = Promise.allSettled(sent);
    await until(() => failed.length > 0, 'the failure is told');
    stop.abort(new Error('stopped'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(sink.send(batchOf({ n: 3 }), stop.signal)).rejects.toThrow('stopped');
    expect({ failed, acknowledged, writes }).toEqual({ failed: [brokenPipe], acknowledged: [], writes: 1 });
    await sink.close();
  });

  test('a reader that takes nothing does not hold up a stop', async () => {
    const stop = new AbortController();
    let writes = 0;
    const { sink, acknowledged } = sinkInto('bulk', () => new Promise(() => void writes++));
    const sent = [sink.send(batchOf({ n: 1 }), stop.signal), sink.send(batchOf({ n: 2 }), stop.signal)];
    const outcomes = Promise.allSettled(sent);
    await until(() => writes === 1, 'the first batch is offered');
    stop.abort(new Error('stopped'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await sink.close();
    expect({ acknowledged, writes }).toEqual({ acknowledged: [], writes: 1 });
  });
});
