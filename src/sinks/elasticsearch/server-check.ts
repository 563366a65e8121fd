/** What `podferry check` says of Elasticsearch: reachable, which server, credentials accepted, documents allowed. */
import { parse, type Ask } from './answer.ts';
import { recognise, type Server } from './server.ts';
import type { Destination } from './sentences.ts';
import { examplesOf, listed } from './stream-names.ts';
import { standingOf, type Standing } from './standing.ts';

export interface ServerCheck {
  readonly ok: boolean;
  /** It works, but not as well as it could. */
  readonly warn?: boolean;
  /** Its parts, fit to print, are divided by `; `. */
  readonly detail: string;
}

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
  const found = recognise(root);
  const name = {
    elasticsearch: 'Elasticsearch',
    opensearch: 'OpenSearch',
    unknown: 'a server that does not say what it is',
  };
  const server = [name[found.flavor], found.serverless ? 'Serverless' : found.version]
    .filter((part) => part !== undefined)
    .join(' ');
  const rights = await privileges(ask, destination.streams);
  if (rights && rights.create.length > 0)
    return no(`is ${server}, but may not be written to: grant create_doc on ${listed(rights.create)}`, destination);
  const says = [
    `${destination.nodes} is ${server}`,
    rights === undefined
      ? 'it does not say whether documents may be created'
      : `documents may be created in ${listed(destination.streams)}`,
  ];
  let warn = false;
  for (const stream of examplesOf(destination)) {
    const { holder, lacks } = await standingOf(ask, stream);
    const isAbsent = holder === 'template' || holder === 'none';
    if (rights && rights.auto.length > 0 && isAbsent)
      return no(
        `is ${server}, but ${stream} does not exist and may not be created: grant auto_configure on ${listed(rights.auto)}, or create it`,
        destination,
      );
    const isMissing = holder === 'none' || holder === 'index';
    if (isMissing && refusesPlainIndex(found))
      return no(`is ${server}, but ${holderSays(holder, stream)}: every document is refused; ${CURE}`, destination);
    warn ||= isMissing || lacks.length > 0;
    // Of others only what is wrong with them.
    if (stream === destination.target) says.push(holderSays(holder, stream), ...lacks);
    else if (isMissing) says.push(holderSays(holder, stream));
    else says.push(...lacks.map((lack) => `${stream}: ${lack}`));
  }
  return { ok: true, warn, detail: `${says.join('; ')}.${warn ? ` ${CURE}.` : ''}` };
}

const CURE = 'podferry setup mends it';

function holderSays(holder: Standing['holder'], target: string): string {
  switch (holder) {
    case 'stream':
      return 'the data stream exists';
    case 'template':
      return 'the data stream will be created with the first document';
    case 'unsaid':
      return 'it does not say whether the data stream exists';
    case 'index':
      return `${target} is a plain index, not a data stream: no rollover and no retention`;
    case 'none':
      return `no index template makes ${target} a data stream; a plain index would be made, without rollover and retention`;
  }
}

/** From 8.13 on a bulk request can say that a plain index is not wanted, and ours do. */
function refusesPlainIndex({ flavor, version, serverless }: Server): boolean {
  if (serverless) return true;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return flavor === 'elasticsearch' && (major > 8 || (major === 8 && minor >= 13));
}

/** Where the credentials lack a privilege; undefined where nothing answers that (OpenSearch, security off). */
async function privileges(
  ask: Ask,
  streams: readonly string[],
): Promise<{ create: readonly string[]; auto: readonly string[] } | undefined> {
  const wanted = { index: [{ names: streams, privileges: ['create_doc', 'auto_configure'] }] };
  const answer = await ask('/_security/user/_has_privileges', wanted);
  if ('failed' in answer || answer.status !== 200) return undefined;
  const { index } = (parse(answer) ?? {}) as { index?: Record<string, Record<string, unknown>> };
  if (!streams.every((stream) => index?.[stream])) return undefined;
  const lacking = (privilege: string) => streams.filter((stream) => index![stream]![privilege] !== true);
  return { create: lacking('create_doc'), auto: lacking('auto_configure') };
}

function no(what: string, { nodes }: Destination): ServerCheck {
  return { ok: false, detail: `${nodes} ${what}.` };
}
