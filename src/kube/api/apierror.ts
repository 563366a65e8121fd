/** What went wrong between us and the API server, sorted by what to do about it where it is born. */
import type { IncomingMessage } from 'node:http';
import { asObject, asText, parseJson } from '../../util/json.ts';
import { retryAfterMs } from '../../util/retry-after.ts';

/**
 * Why a watch was begun again. A short closed list: these are the values of a metric's label.
 * closed: the server ended it in good order; cut: it broke off; silent: nothing came for too long; connection: it could not
 * be reached; expired: its history no longer holds what we had (410); throttled: 429; garbled: not what an API server says.
 */
export type Trouble =
  | 'closed'
  | 'cut'
  | 'silent'
  | 'connection'
  | 'expired'
  | 'throttled'
  | 'unauthorized'
  | 'forbidden'
  | 'server_error'
  | 'garbled';

export class ApiError extends Error {
  override name = 'ApiError';
  readonly trouble: Trouble;
  /** Of the HTTP answer, or of the Status in an ERROR event; 0 = there was none. */
  readonly status: number;
  /** The server asks to be left alone for so long. */
  readonly retryAfterMs: number;

  constructor(trouble: Trouble, message: string, status = 0, retryAfterMs = 0, cause?: unknown) {
    super(message, { cause });
    this.trouble = trouble;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

const STATUS_BYTES = 64 * 1024;

/** The error that an answer other than success is. Reads its body, which is a Status with a message for people. */
export async function answered(method: string, path: string, response: IncomingMessage): Promise<ApiError> {
  let body = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > STATUS_BYTES) break;
    }
  } catch {
    // The status line is enough.
  }
  const code = response.statusCode ?? 0;
  // It is no JSON where something between us and the API server has answered.
  const said = asText(asObject(parseJson(body))['message']);
  const message = `answered ${method} ${path} with ${code}${said === undefined ? '' : `: ${said.slice(0, 300)}`}`;
  const wanted = retryAfterMs(response.headers['retry-after'], Date.now());
  return new ApiError(troubleOf(code), message, code, wanted);
}

/** The error that an ERROR event in a watch is: its object is a Status. */
export function reported(status: unknown): ApiError {
  const { code, message, reason, details } = asObject(status);
  const number = typeof code === 'number' ? code : 0;
  const expired = reason === 'Expired' || reason === 'Gone';
  const seconds = asObject(details)['retryAfterSeconds'];
  return new ApiError(
    expired ? 'expired' : troubleOf(number),
    `ended the watch with ${number}: ${(asText(message) ?? 'no message').slice(0, 300)}`,
    number,
    typeof seconds === 'number' ? retryAfterMs(String(seconds), 0) : 0,
  );
}

/** Whatever was thrown on the way, as an ApiError. `begun`: the answer had begun. */
export function asApiError(error: unknown, begun: boolean): ApiError {
  if (error instanceof ApiError) return error;
  // The reason for which a response was destroyed arrives as the cause, or as the error itself.
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : undefined;
  if (cause !== undefined) return cause;
  // A host with several addresses fails with one error for each, and an empty message.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return new ApiError(begun ? 'cut' : 'connection', message, 0, 0, error);
}

function troubleOf(status: number): Trouble {
  switch (status) {
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 410:
      return 'expired';
    case 429:
      return 'throttled';
    default:
      return status >= 500 ? 'server_error' : 'garbled';
  }
}
