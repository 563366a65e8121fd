/** The words for what may become of a request: values of the labels of metrics, which exist from the start. */

/** What somebody has to put right before anything can be stored. */
export const BLOCKERS = [
  'credentials',
  'proxy',
  'privileges',
  'write_block',
  'disk_full',
  'index_closed',
  'index_full',
  'shard_limit',
  'no_template',
  'pipeline',
  'not_found',
  'media_type',
  'redirect',
  'refused',
] as const;
export type Blocker = (typeof BLOCKERS)[number];

/** What passes by itself. Other statuses from 500 on are words too, when they come. */
const PASSING = [
  'connection',
  'timeout',
  'unreadable',
  'http_408',
  'http_429',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
];

/** How a request may end. */
export const REQUEST_WORDS = ['ok', 'partial', 'too_large', 'malformed', 'parameter', ...PASSING, ...BLOCKERS];
/** A document was refused for a field, and goes in another form. */
export const REPAIRED = 'repaired';
/** Why something may be sent again. */
export const RETRY_WORDS = [...PASSING, 'item_429', 'item_500', 'item_503', REPAIRED, ...BLOCKERS];
