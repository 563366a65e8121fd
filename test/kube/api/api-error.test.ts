import { describe, expect, it } from 'vitest';
import { ApiError, asApiError, errorOfEvent } from '../../../src/kube/api/api-error.ts';

describe('what an ERROR event means', () => {
  it.each([
    [{ code: 410, reason: 'Expired', message: 'too old' }, 'expired', 410],
    [{ code: 410 }, 'expired', 410],
    [{ reason: 'Gone' }, 'expired', 0],
    [{ reason: 'Expired' }, 'expired', 0],
    [{ code: 429, details: { retryAfterSeconds: 2 } }, 'throttled', 429],
    [{ code: 500, reason: 'InternalError' }, 'server_error', 500],
    [{ code: 403 }, 'forbidden', 403],
    [{ code: '410' }, 'garbled', 0],
    [undefined, 'garbled', 0],
  ])('%j', (status, kind, code) => {
    expect(errorOfEvent(status)).toMatchObject({ kind, status: code });
  });
});

describe('whatever is thrown is sorted', () => {
  const known = new ApiError('silent', 'said nothing');

  it.each([
    [known, false, 'silent', 'said nothing'],
    [new Error('aborted', { cause: known }), true, 'silent', 'said nothing'],
    [new Error('aborted'), true, 'cut', 'aborted'],
    [new Error('connect ECONNREFUSED'), false, 'connection', 'connect ECONNREFUSED'],
    [new AggregateError([new Error('connect ::1'), new Error('other')], ''), false, 'connection', 'connect ::1'],
    ['text', false, 'connection', 'text'],
  ])('%s', (error, begun, kind, message) => {
    expect(asApiError(error, begun)).toMatchObject({ kind, message });
  });
});
