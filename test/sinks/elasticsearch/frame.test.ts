import { expect, test } from 'vitest';
import { bulkFrame } from '../../../src/sinks/elasticsearch/frame.ts';

test('an action line with room for the id', () => {
  const { bytes, idFrom, idTo } = bulkFrame(28);
  expect(idTo - idFrom).toBe(28);
  const line = Buffer.from(bytes);
  line.write('AaH2eYr5abcdefghijklAAAAAAAA', idFrom, 'latin1');
  expect(line.toString()).toBe('{"create":{"_id":"AaH2eYr5abcdefghijklAAAAAAAA"}}\n');
});

test('an action line without an id: Elasticsearch chooses one', () => {
  expect(bulkFrame(0, 'logs-a-b').bytes.toString()).toBe('{"create":{"_index":"logs-a-b"}}\n');
  expect(bulkFrame(0)).toEqual({ bytes: Buffer.from('{"create":{}}\n'), idFrom: 0, idTo: 0 });
});
