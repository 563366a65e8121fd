/** What `podferry check` says of Elasticsearch: reachable, which server, credentials accepted, documents allowed. */
import { parse, type Answer, type Failure } from './answer.ts';
import { recognise } from './server.ts';
import type { Destination } from './sentences.ts';

export interface ServerCheck {
  readonly ok: boolean;
  /** One sentence or two, fit to print. */
  readonly detail: string;
}

/** Asks one question: a path, and a JSON body for a POST. */
export type Ask = (path: string, body?: object) => Promise<Answer | Failure>;

/** A key that may only ship is refused most questions: what it is not allowed to ask is left open, not failed. */
export async function checkServer(ask: Ask, destination: Destination): Promise<ServerCheck> {
  const root = await ask('/');
  if ('failed' in root)
    return no(
      `cannot be reached (${root.message}); check elasticsearch.nodes, and elasticsearch.ca_file if it speaks of certificates`,
      destination,
    );
  if (root.status === 401)
    return no('refuses the credentials (401); check elasticsearch.api_key or .username and .password', destination);
  if (root.status === 407)
    return no('is behind a proxy that wants credentials (407); put an address past it', destination);
  if (root.status !== 200 && root.status !== 403)
    return no(`answers GET / with ${root.status}; check elasticsearch.nodes`, destination);
  const { flavor, version } = recognise(root);
  const name = {
    elasticsearch: 'Elasticsearch',
    opensearch: 'OpenSearch',
    unknown: 'a server that does not say what it is',
  };
  const server = [name[flavor], version].filter((part) => part !== undefined).join(' ');
  const stream = await dataStream(ask, destination.target);
  const rights = await privileges(ask, destination.target);
  if (rights?.create === false)
    return no(`is ${server}, but may not be written to: grant create_doc on ${destination.target}`, destination);
  if (rights?.auto === false && stream === 'absent')
    return no(
      `is ${server}, but ${destination.target} does not exist and may not be created: grant auto_configure on it, or create it`,
      destination,
    );
  const says = [
    `${destination.nodes} is ${server}`,
    rights === undefined
      ? 'it does not say whether documents may be created'
      : `documents may be created in ${destination.target}`,
    streamSays[stream],
  ];
  return { ok: true, detail: `${says.join('; ')}.` };
}

type Stream = 'present' | 'absent' | 'unsaid';

const streamSays: Record<Stream, string> = {
  present: 'the data stream exists',
  absent: 'the data stream will be created with the first document',
  unsaid: 'it does not say whether the data stream exists',
};

/** Whether the data stream exists. Needs a privilege (view_index_metadata) that shipping does not. */
export async function dataStream(ask: Ask, target: string): Promise<Stream> {
  const answer = await ask(`/_data_stream/${encodeURIComponent(target)}`);
  if ('failed' in answer) return 'unsaid';
  return answer.status === 200 ? 'present' : answer.status === 404 ? 'absent' : 'unsaid';
}

/** What the credentials may do with the target; undefined where nothing answers that (OpenSearch, security off). */
async function privileges(ask: Ask, target: string): Promise<{ create: boolean; auto: boolean } | undefined> {
  const wanted = { index: [{ names: [target], privileges: ['create_doc', 'auto_configure'] }] };
  const answer = await ask('/_security/user/_has_privileges', wanted);
  if ('failed' in answer || answer.status !== 200) return undefined;
  const { index } = (parse(answer) ?? {}) as { index?: Record<string, Record<string, unknown>> };
  const said = index?.[target];
  return said && { create: said['create_doc'] === true, auto: said['auto_configure'] === true };
}

function no(what: string, { nodes }: Destination): ServerCheck {
  return { ok: false, detail: `${nodes} ${what}.` };
}
