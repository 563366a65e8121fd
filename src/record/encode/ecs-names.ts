/**
 * Which members of a JSON line become which member of the document, by the names that loggers give them: a table, and the look-up by
 * the hash of a path. Nested and dotted names are the same path.
 */
import { Buffer } from 'node:buffer';
import { longer, ROOT } from './json-paths.ts';

/* What a value must be, so that no server refuses it beside those of other documents. */
const TEXT_VALUE = 0;
/** A trace's or a span's: letters and digits, not only zeros. */
export const ID_VALUE = 1;
/** A whole number of at most 15 digits. */
export const INTEGER_VALUE = 2;
export const IP_VALUE = 3;
export const TIME_VALUE = 4;

interface Target {
  readonly path: string;
  readonly value: number;
  /** The best one first. */
  readonly names: string;
}

/** The members of a document, at most 32, in the order in which they are written: members of one object stand together. */
export const TARGETS: readonly Target[] = [
  target('log.logger', TEXT_VALUE, 'logger logger_name loggerName SourceContext Category @module record.name'),
  target(
    'log.origin.file.line',
    INTEGER_VALUE,
    'lineno line_number source.line src.line record.line caller_line_number logging.googleapis.com/sourceLocation.line',
  ),
  target(
    'log.origin.file.name',
    TEXT_VALUE,
    'source.file src.file filename record.file.name caller_file_name logging.googleapis.com/sourceLocation.file',
  ),
  target(
    'log.origin.function',
    TEXT_VALUE,
    'source.function source.method src.func funcName func_name func record.function caller_method_name function ' +
      'logging.googleapis.com/sourceLocation.function',
  ),
  target('log.syslog.priority', INTEGER_VALUE, ''),
  target(
    'client.ip',
    IP_VALUE,
    'client_ip clientIp clientip remote_ip remoteIp remote_addr req.remoteAddress http.client_ip',
  ),
  target('error.code', TEXT_VALUE, 'err.code'),
  target(
    'error.message',
    TEXT_VALUE,
    'err.message exception.message exception.exception_message attributes.exception.message thrown.message throwable.message ' +
      'context.exception.message record.exception.value error err',
  ),
  target(
    'error.stack_trace',
    TEXT_VALUE,
    'error.stack err.stack stack_trace stackTrace stacktrace stack exception.stacktrace exception.stack_trace ' +
      'attributes.exception.stacktrace thrown.extendedStackTrace exc_info exception Exception @x',
  ),
  target(
    'error.type',
    TEXT_VALUE,
    'error.kind error.name err.type err.name exception.type exception.class exception.exception_class ' +
      'attributes.exception.type thrown.name throwable.className context.exception.class record.exception.type',
  ),
  target('event.created', TIME_VALUE, '@timestamp timestamp Timestamp time ts @t datetime t.$date asctime eventTime t'),
  target('event.dataset', TEXT_VALUE, ''),
  target('event.duration', INTEGER_VALUE, 'duration_ns durationNs elapsed_ns'),
  target(
    'http.request.method',
    TEXT_VALUE,
    'http.method req.method request_method requestMethod request.method httpRequest.requestMethod',
  ),
  target('http.request.referrer', TEXT_VALUE, 'http_referer'),
  target('http.response.body.bytes', INTEGER_VALUE, 'body_bytes_sent bytes_sent'),
  target(
    'http.response.status_code',
    INTEGER_VALUE,
    'http.status_code res.statusCode status_code statusCode http_status response.status httpRequest.status',
  ),
  target('http.version', TEXT_VALUE, ''),
  target('process.name', TEXT_VALUE, ''),
  target('process.pid', INTEGER_VALUE, ''),
  target('process.thread.name', TEXT_VALUE, 'thread_name threadName'),
  target('source.address', TEXT_VALUE, ''),
  target('span.id', ID_VALUE, 'span_id spanId SpanId spanID dd.span_id otelSpanID @sp'),
  target(
    'trace.id',
    ID_VALUE,
    'trace_id traceId TraceId traceID traceid dd.trace_id otelTraceID @tr contextMap.traceId mdc.traceId',
  ),
  target('transaction.id', ID_VALUE, ''),
  target('url.domain', TEXT_VALUE, ''),
  target('url.full', TEXT_VALUE, 'http.url httpRequest.requestUrl'),
  target('url.original', TEXT_VALUE, 'req.url request_uri requestUri http.target request.url url'),
  target('url.path', TEXT_VALUE, ''),
  target('url.query', TEXT_VALUE, ''),
  target('user.name', TEXT_VALUE, ''),
  target(
    'user_agent.original',
    TEXT_VALUE,
    'http.user_agent http_user_agent userAgent user_agent req.headers.user-agent httpRequest.userAgent',
  ),
];

/** Behind the targets: what is no member of its own. */
export const MESSAGE = TARGETS.length;
export const LEVEL = MESSAGE + 1;
export const PLACE = MESSAGE + 2;
/** OpenTelemetry's number; MongoDB's letter. */
export const LEVEL_NUMBER = MESSAGE + 3;
export const LEVEL_LETTER = MESSAGE + 4;
/** A time that something took, in a unit; in a text with its unit. */
export const TOOK_SECONDS = MESSAGE + 5;
export const TOOK_MILLISECONDS = MESSAGE + 6;
export const TOOK_MICROSECONDS = MESSAGE + 7;
export const TOOK_TEXT = MESSAGE + 8;
export const LINE = targetOf('log.origin.file.line');
export const FILE = targetOf('log.origin.file.name');
export const CREATED = targetOf('event.created');
export const DURATION = targetOf('event.duration');
export const STACK_TRACE = targetOf('error.stack_trace');

/** Names of what is no member of its own, the best one first. */
export const OTHERS: readonly [number, string][] = [
  [
    MESSAGE,
    'msg message @message @m RenderedMessage Message short_message Body body.stringValue Body.Value record.message fields.message ' +
      'event @mt MessageTemplate log',
  ],
  [
    LEVEL,
    'log.level level severity lvl @l @level Level LEVEL SEVERITY Severity loglevel logLevel LogLevel log_level levelname level_name ' +
      'levelName severity_text severityText SeverityText record.level.name',
  ],
  [PLACE, 'caller @caller file'],
  [LEVEL_NUMBER, 'SeverityNumber severityNumber severity_number'],
  [LEVEL_LETTER, 's'],
  [
    TOOK_SECONDS,
    'duration_s durationSeconds duration_seconds elapsed_s elapsedSeconds elapsed_seconds request_time upstream_response_time',
  ],
  [
    TOOK_MILLISECONDS,
    'duration_ms durationMs elapsed_ms elapsedMs took_ms latency_ms latencyMs response_time_ms responseTimeMs responseTime ' +
      'ElapsedMilliseconds Elapsed',
  ],
  [TOOK_MICROSECONDS, 'duration_us durationUs elapsed_us elapsedUs latency_us'],
  [TOOK_TEXT, 'duration elapsed latency took httpRequest.latency'],
];

const SLOTS = 1024;
const hashes = new Int32Array(SLOTS);
const entries = new Uint16Array(SLOTS);
TARGETS.forEach(({ path, names }, at) => know(at, `${path} ${names}`));
for (const [at, names] of OTHERS) know(at, names);

function know(at: number, names: string): void {
  names
    .trim()
    .split(' ')
    .forEach((name, rank) => {
      const hash = Buffer.from(name).reduce(longer, ROOT);
      let slot = hash & (SLOTS - 1);
      while (entries[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
      hashes[slot] = hash;
      entries[slot] = ((at + 1) << 8) | rank;
    });
}

/** What the path of this hash is known for: (target + 1) << 8 | rank, 0: nothing. Of several names of a target the lowest rank counts. */
export function known(hash: number): number {
  for (let slot = hash & (SLOTS - 1); entries[slot] !== 0; slot = (slot + 1) & (SLOTS - 1))
    if (hashes[slot] === hash) return entries[slot]!;
  return 0;
}

/** The number of the target of this path, which is one. */
export function targetOf(wanted: string): number {
  return TARGETS.findIndex(({ path }) => path === wanted);
}

function target(path: string, value: number, names: string): Target {
  return { path, value, names };
}
