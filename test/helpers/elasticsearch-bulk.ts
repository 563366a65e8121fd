/**
 * What Elasticsearch does with a bulk body: reads it line by line, creates documents in a data stream, and answers item by
 * item. Documents live in a Map.
 */
export interface StoredDocument {
  /** The data stream. */
  readonly index: string;
  /** As first stored. */
  readonly source: string;
  /** How often this id was offered, the first time included, refused ones not. */
  offered: number;
  /** How often it was offered with other content than the first time: two documents share an id. */
  different: number;
}

/** What an item says instead of what it would have said. `stored` keeps the document all the same. */
export interface ItemOverride {
  readonly status: number;
  readonly type?: string;
  readonly reason?: string;
  readonly failure_store?: string;
}

export interface BulkRules {
  readonly flavor: 'elasticsearch' | 'opensearch';
  /** An index template makes the target a data stream. */
  readonly template: boolean;
  readonly requireDataStream: boolean;
  /** The credentials may create documents. */
  readonly mayCreate: boolean;
  readonly item: (source: string, position: number) => ItemOverride | undefined;
}

export interface Refused {
  readonly status: number;
  readonly type: string;
  readonly reason: string;
}

export type Item = Record<string, Record<string, unknown>>;

export interface BulkResponse {
  errors: boolean;
  took: number;
  items: Item[];
}

interface Action {
  readonly op: string;
  readonly id: string | undefined;
  /** Undefined: that of the address. */
  readonly index: string | undefined;
  readonly source: string;
}

/** Changes `docs`. Returns the response, or why the whole body was refused. */
export function bulk(
  body: Buffer,
  target: string,
  docs: Map<string, StoredDocument>,
  rules: BulkRules,
): BulkResponse | Refused {
  const actions = read(body);
  if (!Array.isArray(actions)) return actions;
  const items = actions.map((action, i) => perform(action, i, target, docs, rules));
  const errors = items.some((item) => Object.values(item)[0]!['error'] !== undefined);
  return { errors, took: 1, items };
}

function read(body: Buffer): Action[] | Refused {
  const text = body.toString();
  if (text === '') return refused('parse_exception', 'request body is required');
  if (!text.endsWith('\n'))
    return refused('illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');
  const lines = text.split('\n').slice(0, -1);
  const actions: Action[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const action = parseObject(lines[i]!);
    const [op, parameters] = Object.entries(action ?? {})[0] ?? [];
    if (op === undefined || typeof parameters !== 'object' || parameters === null)
      return refused('illegal_argument_exception', `Malformed action/metadata line [${i + 1}], expected START_OBJECT`);
    if (!['create', 'index', 'update', 'delete'].includes(op))
      return refused(
        'illegal_argument_exception',
        `Malformed action/metadata line [${i + 1}], expected one of [create, …] but found [${op}]`,
      );
    if (lines[i + 1] === undefined)
      return refused('illegal_argument_exception', 'The bulk request must be terminated by a newline [\\n]');
    const { _id: id, _index: index } = parameters as { _id?: string; _index?: string };
    if (index !== undefined && isInvalidName(index))
      return refused('invalid_index_name_exception', `Invalid index name [${index}]`);
    actions.push({ op, id, index, source: lines[i + 1]! });
  }
  return actions;
}

let made = 0;

function perform(
  { op, id = `made-${made++}`, index, source }: Action,
  position: number,
  address: string,
  docs: Map<string, StoredDocument>,
  rules: BulkRules,
): Item {
  const target = index ?? address;
  const item = (status: number, rest: object): Item => ({ [op]: { _index: target, _id: id, status, ...rest } });
  const failed = (status: number, type: string, reason: string): Item => item(status, { error: { type, reason } });
  const override = rules.item(source, position);
  if (override !== undefined) {
    const { status, type, reason = '', failure_store } = override;
    return item(status, {
      ...(type !== undefined && { error: { type, reason } }),
      ...(failure_store !== undefined && { failure_store }),
    });
  }
  if (!rules.mayCreate)
    return failed(
      403,
      'security_exception',
      `action [indices:data/write/bulk[s]] is unauthorized on indices [${target}]`,
    );
  if (!rules.template && rules.requireDataStream)
    return failed(
      404,
      'index_not_found_exception',
      `no such index [${target}] and [require_data_stream] request flag is [true]`,
    );
  if (op !== 'create')
    return failed(
      400,
      'illegal_argument_exception',
      'only write ops with an op_type of create are allowed in data streams',
    );
  const document = parseObject(source);
  const parsing = rules.flavor === 'opensearch' ? 'mapper_parsing_exception' : 'document_parsing_exception';
  if (document === undefined) return failed(400, parsing, '[1:1] failed to parse');
  // Elasticsearch's own template has a pipeline that sets it.
  if (rules.flavor === 'opensearch' && document['@timestamp'] === undefined)
    return failed(400, parsing, 'data stream timestamp field [@timestamp] is missing');
  const stream = asObject(document['data_stream']);
  // The type of these fields takes one value in each index: constant_keyword.
  if (stream !== undefined && `logs-${String(stream['dataset'])}-${String(stream['namespace'])}` !== target)
    return failed(
      400,
      'document_parsing_exception',
      `failed to parse field [data_stream.dataset] of type [constant_keyword]`,
    );
  // An id is one document in each data stream.
  const key = (docs.get(id)?.index ?? target) === target ? id : `${target}/${id}`;
  const known = docs.get(key);
  if (known !== undefined) {
    known.offered++;
    if (known.source !== source) known.different++;
    return failed(
      409,
      'version_conflict_engine_exception',
      `[${id}]: version conflict, document already exists (current version [1])`,
    );
  }
  docs.set(key, { index: target, source, offered: 1, different: 0 });
  return item(201, { _version: 1, result: 'created', _seq_no: docs.size, _primary_term: 1 });
}

function isInvalidName(name: string): boolean {
  return (
    name !== name.toLowerCase() || /[\\/*?"<>| ,#:]/.test(name) || /^[-_+]/.test(name) || Buffer.byteLength(name) > 255
  );
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function refused(type: string, reason: string): Refused {
  return { status: 400, type, reason };
}
