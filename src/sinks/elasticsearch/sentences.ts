/**
 * What we say when Elasticsearch does not take documents. Every sentence says what happened, what it costs, why it usually
 * happens and what to change; none holds a secret or a document's content.
 */
import { cureOf } from '../../util/causes.ts';
import { duration } from '../../util/human.ts';
import type { Flavor } from './server.ts';
import { listed } from './stream-names.ts';
import type { Standing } from './standing.ts';
import type { ItemVerdict, Verdict } from './verdict.ts';
import type { Blocker } from './words.ts';

export interface Destination {
  /** The data stream of documents that name no other. */
  readonly target: string;
  /** Names and patterns of all data streams that documents may go to. */
  readonly streams: readonly string[];
  /** Node addresses, fit to print. */
  readonly nodes: string;
}

/** Somebody has to act. `detail` is the status and the server's words. */
export function holdSentence(blocker: Blocker, detail: string, destination: Destination): string {
  const { cause, cure } = blockers[blocker];
  return (
    `${destination.nodes} does not take documents for ${listed(destination.streams)} (${detail}). Nothing is lost: reading waits and the log ` +
    `files keep the lines. Usually ${fill(cause, destination)}. ${fill(cure, destination)} A small part is tried every 2 to 4 s.`
  );
}

/** It should pass by itself. `reason` is the one of the verdict; `waitMs`: what the server asks for, if that is long. */
export function againSentence(reason: string, detail: string, destination: Destination, waitMs?: number): string {
  const { cause, cure } = passing[passingKind(reason)]!;
  // The fault is on our side.
  const lack = /\bE[MN]FILE\b/.exec(detail)?.[0];
  const usually = lack === undefined ? `${fill(cause, destination)}. ${fill(cure, destination)}` : `${cureOf(lack)}.`;
  const wait = waitMs === undefined ? '' : ` It asks for time (Retry-After): the next try is in ${duration(waitMs)}.`;
  return (
    `${destination.nodes} has not stored a request (${detail}). Nothing is lost: it is sent again until it is stored, reading ` +
    `waits, and the log files keep the lines. Usually ${usually}${wait}`
  );
}

/** The same in one sentence without the server's words, in which names of users and keys may stand: anybody may read it. */
export function refusalSentence(
  setback: Extract<Verdict | ItemVerdict, { kind: 'again' | 'hold' }>,
  destination: Destination,
): string {
  const isHeld = setback.kind === 'hold';
  const { cause } = isHeld ? blockers[setback.blocker] : passing[passingKind(setback.reason)]!;
  const said = isHeld ? setback.detail.split(' ')[0] : setback.reason.replace(/^(http|item)_/, '');
  return `${destination.nodes} does not take documents for ${listed(destination.streams)} (${said}): usually ${fill(cause, destination)}.`;
}

const TEMPLATE = 'Run podferry setup, or install an index template that covers it and holds "data_stream": {}';

/** What is worse than with `podferry setup`, once at start. undefined: nothing is, or it is not known, or a refusal will say it. */
export function standingSentence(
  { holder, lacks }: Standing,
  flavor: Flavor | undefined,
  target: string,
  { nodes }: Destination,
): string | undefined {
  if (holder === 'index' || holder === 'none') {
    // Elasticsearch is asked to refuse plain indices, and does.
    if (flavor === 'elasticsearch') return undefined;
    const now =
      holder === 'index'
        ? `${target} is a plain index`
        : `No index template covers ${target}, so it becomes a plain index`;
    return (
      `${now} of ${nodes}, not a data stream, with guessed types: no rollover, no retention, and documents refused for type conflicts. ` +
      `${holder === 'index' ? 'Delete it, or ship to another dataset, and run' : 'Run'} podferry setup before shipping.`
    );
  }
  if (lacks.length === 0) return undefined;
  return `Documents go to ${target} of ${nodes}, but ${lacks.join('; ')}. podferry setup mends it from the next rollover on.`;
}

interface Advice {
  readonly cause: string;
  readonly cure: string;
}

const blockers: Record<Blocker, Advice> = {
  credentials: {
    cause: 'the API key or password is wrong, expired, revoked or not mounted',
    cure: 'Put a valid one into elasticsearch.api_key (or .username and .password); a changed secret file is read by itself.',
  },
  proxy: {
    cause: 'a proxy stands between and wants credentials of its own',
    cure: 'Name it in elasticsearch.proxy with user:password@, or use an address that does not lead through it.',
  },
  privileges: {
    cause: 'the role of the API key or user lacks a privilege',
    cure: 'Grant it the index privileges create_doc and auto_configure on TARGET.',
  },
  write_block: {
    cause: 'somebody made the index or the cluster read-only',
    cure: 'Remove the write block (index.blocks.*, cluster.blocks.read_only) from TARGET.',
  },
  disk_full: {
    cause: 'a data node is above the flood-stage disk watermark',
    cure: 'Make room there: delete old data, shorten the retention or add disk; the block goes away by itself.',
  },
  index_closed: {
    cause: 'somebody closed the index',
    cure: 'Open TARGET again (POST /TARGET/_open), or roll it over.',
  },
  index_full: {
    cause: 'a shard of the index holds as many documents as one can',
    cure: 'Roll TARGET over (POST /TARGET/_rollover), and have its template or policy do so in time.',
  },
  shard_limit: {
    cause: 'the cluster has as many shards as it may have, so that the index cannot be made',
    cure:
      'Delete old indices, shorten their retention, add data nodes, raise cluster.max_shards_per_node, or name fewer data streams ' +
      '(elasticsearch.dataset, .namespace).',
  },
  no_template: {
    cause: 'no index template makes TARGET a data stream, or creating indices automatically is switched off',
    cure: `${TEMPLATE} (Elasticsearch 8 and 9 bring one for logs-*-*), or allow TARGET in action.auto_create_index.`,
  },
  pipeline: {
    cause: 'the index template names an ingest pipeline that does not exist',
    cure: 'Create the pipeline, or take it out of the template or index settings of TARGET.',
  },
  not_found: {
    cause: 'the address is not that of Elasticsearch, or lacks the path a proxy expects',
    cure: 'Check elasticsearch.nodes.',
  },
  media_type: {
    cause: 'a proxy rewrites the Content-Type header, or the address is not that of Elasticsearch',
    cure: 'Check elasticsearch.nodes and what stands before it.',
  },
  redirect: {
    cause: 'the address is one that redirects, for instance from http to https or to a login page',
    cure: 'Put the address it leads to into elasticsearch.nodes.',
  },
  refused: {
    cause: 'a proxy stands between and refuses the request, or https is spoken as http',
    cure: 'Check elasticsearch.nodes and what stands before it.',
  },
};

const passing: Record<string, Advice> = {
  connection: {
    cause: 'it is restarting, the address is wrong, a network policy is in the way, or its certificate is not trusted',
    cure: 'If it lasts, check elasticsearch.nodes, what stands between, and elasticsearch.ca_file.',
  },
  timeout: {
    cause: 'it is overloaded, or a firewall drops packets',
    cure: 'If it lasts, look at the write queue of the cluster and at the network between.',
  },
  overload: {
    cause: 'the cluster gets more than it can index',
    cure: 'Fewer requests are sent at a time until it takes them. If it lasts, it needs more or faster data nodes.',
  },
  server: {
    cause: 'the cluster is starting, has no master, or lacks shards of TARGET',
    cure: 'If it lasts, look at the health of the cluster.',
  },
  unreadable: {
    cause: 'a proxy answers in place of Elasticsearch or cuts its answers',
    cure: 'If it lasts, check elasticsearch.nodes and what stands before it.',
  },
};

function passingKind(reason: string): string {
  if (reason.endsWith('_429')) return 'overload';
  return reason in passing ? reason : 'server';
}

function fill(text: string, { streams }: Destination): string {
  return text.replaceAll('TARGET', listed(streams));
}
