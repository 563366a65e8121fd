import { describe, expect, test } from 'vitest';
import type { Answer } from '../../../src/sinks/elasticsearch/answer.ts';
import { judge, judgeStatus, type ItemVerdict, type Verdict } from '../../../src/sinks/elasticsearch/verdict.ts';

function answer(status: number, body: unknown): Answer {
  return {
    status,
    chunks: [Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))],
    retryAfter: undefined,
    product: undefined,
  };
}

function itemVerdict(item: object): ItemVerdict | undefined {
  const stored = { create: { status: 201 } };
  const verdict = judge(answer(200, { errors: true, items: [{ create: item }, stored] }), 2);
  return verdict.kind === 'items' ? verdict.items[0] : verdict.kind === 'stored' ? { kind: 'stored' } : undefined;
}

describe('what an item means for its document', () => {
  const error = (type: string, reason = 'because'): object => ({ error: { type, reason } });
  const cases: [string, object, object][] = [
    ['201 is stored', { status: 201 }, { kind: 'stored' }],
    ['200 is stored', { status: 200 }, { kind: 'stored' }],
    [
      'a failure store that had no work is no failure',
      { status: 201, failure_store: 'not_applicable_or_unknown' },
      { kind: 'stored' },
    ],
    ['201 in the failure store', { status: 201, failure_store: 'used' }, { kind: 'failure_store' }],
    ['409 is stored already', { status: 409, ...error('version_conflict_engine_exception') }, { kind: 'duplicate' }],
    ['409 without a word is stored already', { status: 409 }, { kind: 'duplicate' }],
    [
      '409 of another kind',
      { status: 409, ...error('resource_already_exists_exception') },
      { kind: 'again', reason: 'item_409' },
    ],
    ['400 type conflict', { status: 400, ...error('document_parsing_exception') }, { kind: 'rejected' }],
    ['400 type conflict, before 8.8', { status: 400, ...error('mapper_parsing_exception') }, { kind: 'rejected' }],
    [
      '400 too many fields, term too long, wrong constant',
      { status: 400, ...error('illegal_argument_exception') },
      { kind: 'rejected' },
    ],
    [
      '400 without failure store',
      { status: 400, failure_store: 'not_enabled', ...error('document_parsing_exception') },
      { kind: 'rejected' },
    ],
    [
      '400 and the failure store failed too',
      { status: 400, failure_store: 'failed', ...error('document_parsing_exception') },
      { kind: 'rejected' },
    ],
    ['413 of one document', { status: 413, ...error('es_rejected_execution_exception') }, { kind: 'rejected' }],
    [
      '400 for want of shards for a new data stream',
      {
        status: 400,
        ...error(
          'validation_exception',
          'Validation Failed: 1: this action would add [2] shards, but this cluster currently has [1000]/[1000] maximum normal shards open;',
        ),
      },
      { kind: 'hold', blocker: 'shard_limit' },
    ],
    [
      '400 for want of shards, as OpenSearch has it',
      {
        status: 400,
        ...error(
          'validation_exception',
          'Validation Failed: 1: this action would add [1] total LOCAL_ONLY shards, but this cluster currently has [1]/[1] maximum LOCAL_ONLY shards open;',
        ),
      },
      { kind: 'hold', blocker: 'shard_limit' },
    ],
    [
      '400 of a pipeline nobody made',
      { status: 400, ...error('illegal_argument_exception', 'pipeline with id [x] does not exist') },
      { kind: 'hold', blocker: 'pipeline' },
    ],
    [
      '400 of a closed index',
      { status: 400, ...error('index_closed_exception', 'closed') },
      { kind: 'hold', blocker: 'index_closed' },
    ],
    ...['add [2] total shards', 'add [2] shards'].map((added): [string, object, object] => [
      `400 of a cluster that takes no further shards: ${added}`,
      {
        status: 400,
        ...error(
          'validation_exception',
          `Validation Failed: 1: this action would ${added}, but this cluster currently has [1000]/[1000] maximum normal shards open;`,
        ),
      },
      { kind: 'hold', blocker: 'shard_limit' },
    ]),
    [
      '400 of a shard that is full',
      {
        status: 400,
        ...error('illegal_argument_exception', "Number of documents in the index can't exceed [2147483519]"),
      },
      { kind: 'hold', blocker: 'index_full' },
    ],
    [
      '400 of the name',
      { status: 400, ...error('invalid_index_name_exception') },
      { kind: 'hold', blocker: 'refused' },
    ],
    [
      '400 that quotes such a reason',
      {
        status: 400,
        ...error('document_parsing_exception', "[1:2] 'Number of documents in the index can't exceed [1]' is no long"),
      },
      { kind: 'rejected' },
    ],
    [
      '400 of a value in which somebody wrote what a setting of the cluster would make the server say',
      {
        status: 400,
        ...error('document_parsing_exception', "[1:2] Preview: 'explicit index in bulk is not allowed'"),
      },
      { kind: 'rejected' },
    ],
    ['404 no index', { status: 404, ...error('index_not_found_exception') }, { kind: 'hold', blocker: 'no_template' }],
    ['403 role', { status: 403, ...error('security_exception') }, { kind: 'hold', blocker: 'privileges' }],
    [
      '403 read-only index',
      { status: 403, ...error('cluster_block_exception') },
      { kind: 'hold', blocker: 'write_block' },
    ],
    ['401', { status: 401, ...error('security_exception') }, { kind: 'hold', blocker: 'credentials' }],
    [
      '429 queue full',
      { status: 429, ...error('es_rejected_execution_exception') },
      { kind: 'again', reason: 'item_429' },
    ],
    ['429 disk full', { status: 429, ...error('cluster_block_exception') }, { kind: 'hold', blocker: 'disk_full' }],
    ['408', { status: 408 }, { kind: 'again', reason: 'item_408' }],
    ['500', { status: 500, ...error('null_pointer_exception') }, { kind: 'again', reason: 'item_500' }],
    ['503 no shard', { status: 503, ...error('unavailable_shards_exception') }, { kind: 'again', reason: 'item_503' }],
    [
      '503 while the failure store failed',
      { status: 503, failure_store: 'failed', ...error('process_cluster_event_timeout_exception') },
      { kind: 'again', reason: 'item_503' },
    ],
    ['a status that means nothing here', { status: 302 }, { kind: 'again', reason: 'item_302' }],
  ];
  test.each(cases)('%s', (_, item, expected) => {
    expect(itemVerdict(item)).toMatchObject(expected);
  });

  test('a rejection carries the reason for the dead-letter store', () => {
    const item = { status: 400, ...error('document_parsing_exception', 'failed to parse field [a]') };
    expect(itemVerdict(item)).toEqual({
      kind: 'rejected',
      refusal: { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [a]' },
    });
  });

  test('what is sent again never quotes the reason, which may quote the document', () => {
    const verdict = itemVerdict({ status: 500, ...error('runtime_exception', 'secret text') });
    expect((verdict as { detail: string }).detail).toBe('500 runtime_exception');
  });
});

describe('what an answer means for the whole request', () => {
  const typed = (type: string, reason = ''): object => ({ error: { type, reason }, status: 0 });
  const cases: [string, number, unknown, object][] = [
    ['413', 413, '', { kind: 'too_large' }],
    ['401', 401, typed('security_exception'), { kind: 'hold', blocker: 'credentials' }],
    ['407 of a proxy', 407, '<html>', { kind: 'hold', blocker: 'proxy' }],
    ['403', 403, typed('security_exception'), { kind: 'hold', blocker: 'privileges' }],
    ['403 block', 403, typed('cluster_block_exception'), { kind: 'hold', blocker: 'write_block' }],
    ['404 of an index', 404, typed('index_not_found_exception'), { kind: 'hold', blocker: 'no_template' }],
    ['404 of something else', 404, '<html>', { kind: 'hold', blocker: 'not_found' }],
    ['405', 405, '', { kind: 'hold', blocker: 'not_found' }],
    [
      '406 media type',
      406,
      { error: 'Content-Type header [x] is not supported' },
      { kind: 'hold', blocker: 'media_type' },
    ],
    ['415', 415, '', { kind: 'hold', blocker: 'media_type' }],
    ['400 media type', 400, typed('media_type_header_exception'), { kind: 'hold', blocker: 'media_type' }],
    ['302', 302, '', { kind: 'hold', blocker: 'redirect' }],
    ['418', 418, '', { kind: 'hold', blocker: 'refused' }],
    [
      '400 of a proxy',
      400,
      '<html>The plain HTTP request was sent to HTTPS port',
      { kind: 'hold', blocker: 'refused' },
    ],
    ['400 of a node without a type', 400, { error: 'no handler found' }, { kind: 'hold', blocker: 'refused' }],
    ['400 of the name', 400, typed('invalid_index_name_exception'), { kind: 'hold', blocker: 'refused' }],
    [
      '400 of a cluster that lets no document name its index',
      400,
      typed('illegal_argument_exception', 'explicit index in bulk is not allowed'),
      { kind: 'hold', blocker: 'refused' },
    ],
    [
      '400 of a parameter',
      400,
      typed('illegal_argument_exception', 'request [/x/_bulk] contains unrecognized parameter: [a]'),
      { kind: 'parameter' },
    ],
    [
      '400 of the body',
      400,
      typed('illegal_argument_exception', 'Malformed action/metadata line [3]'),
      { kind: 'malformed' },
    ],
    ['408', 408, '', { kind: 'again', reason: 'http_408' }],
    ['429', 429, typed('es_rejected_execution_exception'), { kind: 'again', reason: 'http_429' }],
    ['429 disk', 429, typed('cluster_block_exception'), { kind: 'hold', blocker: 'disk_full' }],
    ['500', 500, '', { kind: 'again', reason: 'http_500' }],
    ['502', 502, '<html>Bad Gateway', { kind: 'again', reason: 'http_502' }],
    ['503', 503, typed('cluster_block_exception'), { kind: 'again', reason: 'http_503' }],
    ['504', 504, '', { kind: 'again', reason: 'http_504' }],
    ['200 with a page of a proxy', 200, '<html>Sign in</html>', { kind: 'again', reason: 'unreadable' }],
    ['200 with an object', 200, { acknowledged: true }, { kind: 'again', reason: 'unreadable' }],
    [
      '200 cut',
      200,
      '{"errors":false,"items":[{"create":{"status":201}},{"cre',
      { kind: 'again', reason: 'unreadable' },
    ],
    ['200 empty', 200, '', { kind: 'again', reason: 'unreadable' }],
    ['200 null', 200, 'null', { kind: 'again', reason: 'unreadable' }],
    [
      '200 with an item too many',
      200,
      { errors: false, items: Array(4).fill({ create: { status: 201 } }) },
      { kind: 'again', reason: 'unreadable' },
    ],
    [
      '200 with an item too few',
      200,
      { errors: false, items: Array(2).fill({ create: { status: 201 } }) },
      { kind: 'again', reason: 'unreadable' },
    ],
    [
      '200 with an item that says nothing',
      200,
      { errors: false, items: [{ create: { status: 201 } }, {}, { create: {} }] },
      { kind: 'again', reason: 'unreadable' },
    ],
    [
      '200 says no errors but has one',
      200,
      { errors: false, items: [{ create: { status: 201 } }, { create: { status: 201 } }, { create: { status: 503 } }] },
      { kind: 'items' },
    ],
  ];
  test.each(cases)('%s', (_, status, body, expected) => {
    expect(judge(answer(status, body), 3)).toMatchObject(expected);
  });

  test('no answer', () => {
    expect(judge({ failed: 'connection', message: 'connect ECONNREFUSED' }, 3)).toEqual({
      kind: 'again',
      reason: 'connection',
      detail: 'connect ECONNREFUSED',
    });
    expect(judge({ failed: 'timeout', message: 'no answer within 90 s' }, 3)).toMatchObject({ reason: 'timeout' });
  });

  test('a long reason is cut', () => {
    const verdict = judgeStatus(answer(403, { error: { type: 'security_exception', reason: 'x'.repeat(5000) } }));
    expect((verdict as { detail: string }).detail.length).toBeLessThan(320);
  });
});

describe('everything stored', () => {
  const body = (count: number): string =>
    JSON.stringify({ errors: false, items: Array(count).fill({ create: { status: 201 } }) });

  // 1024 is where the run of items that is compared with grows.
  test.each([1, 2, 1023, 1024, 1025, 5000])('%i documents', (count) => {
    expect(judge(answer(200, body(count)), count)).toEqual({ kind: 'stored' });
    expect(judge(answer(200, body(count)), count + 1)).toMatchObject({ kind: 'again', reason: 'unreadable' });
    if (count > 1) expect(judge(answer(200, body(count)), count - 1)).toMatchObject({ reason: 'unreadable' });
  });

  test.each([
    ['other order of members', { items: [{ create: { status: 201 } }], errors: false }],
    ['nothing filtered', { took: 3, errors: false, items: [{ create: { _index: 'x', _id: 'y', status: 201 } }] }],
    ['op index', { errors: false, items: [{ index: { status: 200 } }] }],
  ])('said in other words: %s', (_, said) => {
    expect(judge(answer(200, said), 1)).toEqual({ kind: 'stored' });
  });

  test('in chunks cut anywhere', () => {
    const whole = Buffer.from(body(30));
    for (let cut = 0; cut <= whole.length; cut++) {
      const chunks = [whole.subarray(0, cut), whole.subarray(cut, cut + 7), whole.subarray(cut + 7)];
      expect(judge({ ...answer(200, ''), chunks }, 30)).toEqual({ kind: 'stored' });
    }
  });

  test('another digit anywhere is noticed', () => {
    const whole = Buffer.from(body(30));
    for (const { index } of whole.toString().matchAll(/201/g)) {
      for (const i of [index, index + 1, index + 2]) {
        const other = Buffer.from(whole);
        other[i]! ^= 4;
        expect(judge({ ...answer(200, ''), chunks: [other] }, 30).kind, `byte ${i}`).toBe('items');
      }
    }
  });

  test('one other digit is noticed', () => {
    const verdict: Verdict = judge(answer(200, body(3).replace(/201(?=[^1]*$)/, '429')), 3);
    expect(verdict).toMatchObject({
      kind: 'items',
      items: [{ kind: 'stored' }, { kind: 'stored' }, { kind: 'again' }],
    });
  });
});
