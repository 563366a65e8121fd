/** What went wrong with a request to the API server, sorted by what to do about it. */
import type { IncomingMessage } from 'node:http';
import { asObject, asText, parseJson } from '../../util/json.ts';
import { retryAfterMs } from '../../util/retry-after.ts';

/**
 * The kinds of failure, and the reasons for which a watch is begun again. These are the values of a metric's label.
 * closed: the server ended the watch in good order; cut: the connection broke off; silent: nothing came for too long; connection:
 * the server could not be reached; expired: its history no longer reaches back to our version (410); throttled: 429; garbled: not
 * an answer of an API server.
 */
export const API_ERROR_KINDS = [
  'closed',
  'cut',
  'silent',
  'connection',
  'expired',
  'throttled',
  'unauthorized',
  'forbidden',
  'server_error',
  'garbled',
] as const;
export type ApiErrorKind = (typeof API_ERROR_KINDS)[number];

/** A request to the API server failed. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly kind: ApiErrorKind;
  /** The status of the HTTP answer, or of the ERROR event; 0 = there was none. */
  readonly status: number;
  /** The server asks for no request during so many milliseconds. */
  readonly retryAfterMs: number;

  constructor(kind: ApiErrorKind, message: string, status = 0, retryAfterMs = 0, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** So much is read of an answer that is an error. */
const STATUS_BYTES = 64 * 1024;

/** The error for an answer other than success. Reads its body, which is a Status with a message for people. */
export async function errorOfAnswer(method: string, path: string, response: IncomingMessage): Promise<ApiError> {
  let body = '';
  try {
    response.setEncoding('utf8');
    for await (const chunk of response) {
      body += String(chunk);
      if (body.length > STATUS_BYTES) break;
    }
  } catch {
    // Without the body, the status code says enough.
  }
  const code = response.statusCode ?? 0;
  // If a proxy answered, the body may be anything.
  const said = asText(asObject(parseJson(body))['message']);
  const message = `answered ${method} ${path} with ${code}${said === undefined ? '' : `: ${said.slice(0, 300)}`}`;
  const wanted = retryAfterMs(response.headers['retry-after'], Date.now());
  return new ApiError(kindOf(code), message, code, wanted);
}

/** The error for an ERROR event of a watch. @param status its object, a Status */
export function errorOfEvent(status: unknown): ApiError {
  const { code, message, reason, details } = asObject(status);
  const number = typeof code === 'number' ? code : 0;
  const expired = reason === 'Expired' || reason === 'Gone';
  const seconds = asObject(details)['retryAfterSeconds'];
  return new ApiError(
    expired ? 'expired' : kindOf(number),
    `ended the watch with ${number}: ${(asText(message) ?? 'no message').slice(0, 300)}`,
    number,
    typeof seconds === 'number' ? retryAfterMs(String(seconds), 0) : 0,
  );
}

/** Anything that a request threw, as an ApiError. @param begun whether the answer had begun */
export function asApiError(error: unknown, begun: boolean): ApiError {
  if (error instanceof ApiError) return error;
  // The reason for which a response was destroyed arrives as the cause, or as the error itself.
  const cause = error instanceof Error && error.cause instanceof ApiError ? error.cause : undefined;
  if (cause !== undefined) return cause;
  // A host with several addresses fails with an error for each address, in one error with an empty message.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  return new ApiError(begun ? 'cut' : 'connection', message, 0, 0, error);
}

function kindOf(status: number): ApiErrorKind {
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
