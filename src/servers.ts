/** Elasticsearch and Kibana as `podferry setup` asks them: with the credentials of the settings, for a person who waits. */
import type { Config } from './config/config.ts';
import { abilitiesOf, type Abilities } from './setup/abilities.ts';
import type { Post } from './setup/kibana.ts';
import type { Ask } from './setup/plan.ts';
import { parse } from './sinks/elasticsearch/answer.ts';
import { Caller } from './sinks/elasticsearch/caller.ts';
import { accessOf } from './sinks/elasticsearch/settings.ts';
import { recognise } from './sinks/elasticsearch/server.ts';
import { OperatorError } from './util/errors.ts';

const PATIENCE_MS = 30_000;

export function named(flavor: Config['elasticsearch']['flavor']): Abilities['flavor'] {
  if (flavor !== 'auto') return flavor;
  throw new OperatorError(
    'elasticsearch.flavor is auto, and no server can be asked what it is; set it to elasticsearch or opensearch.',
  );
}

export async function askAbilities(
  server: Caller,
  ask: Ask,
  flavor: Config['elasticsearch']['flavor'],
): Promise<Abilities> {
  const root = await server.ask({ method: 'GET', path: '/' });
  const found = recognise(root);
  if (flavor === 'auto' && found.flavor === 'unknown')
    throw new OperatorError(
      `${server.place} does not say what it is (GET /: ${root.status}); set elasticsearch.flavor.`,
    );
  return abilitiesOf({
    flavor: flavor === 'auto' ? (found.flavor as Abilities['flavor']) : flavor,
    version: found.version,
    serverless: found.serverless,
    has: async (path) => (await ask('GET', path)).status,
  });
}

export function caller(
  config: Config,
  setting: string,
  nodes: readonly string[],
  headers: Readonly<Record<string, string>>,
): Caller {
  return new Caller({ ...accessOf(config), nodes, setting, headers, timeoutMs: PATIENCE_MS });
}

/** Both products refuse what a web page of another origin could send. */
export function kibanaHeaders({ flavor }: Abilities): Record<string, string> {
  return { [flavor === 'opensearch' ? 'osd-xsrf' : 'kbn-xsrf']: 'podferry' };
}

export const askWith =
  (server: Caller): Ask =>
  async (method, path, query, body) => {
    const sent = body && { body: Buffer.from(JSON.stringify(body)) };
    const answer = await server.ask({ method, path: `/${path}`, ...(query === undefined ? {} : { query }), ...sent });
    return { status: answer.status, body: parse(answer) ?? {} };
  };

export const postWith =
  (kibana: Caller, space: string): Post =>
  async (path, query, contentType, body) => {
    const api = `${space === '' ? '' : `/s/${encodeURIComponent(space)}`}/api/saved_objects/${path}`;
    const answer = await kibana.ask({
      method: 'POST',
      path: api,
      ...(query === undefined ? {} : { query }),
      contentType,
      body,
    });
    return { status: answer.status, text: Buffer.concat(answer.chunks).toString() };
  };
