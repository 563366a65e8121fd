/**
 * The two questions we ask about the pods of one node (Kubernetes API concepts, "Efficient detection of changes"): how are they
 * now, and what changed since.
 */
import { pipeline, type Readable } from 'node:stream';
import split2 from 'split2';
import type { Api } from './api.ts';
import { ApiError, reported } from './apierror.ts';
import { asObject, asText, parseJson } from '../../util/json.ts';

/** What is done with what the API says. All are called in the order of the API's history. */
export interface PodNews {
  /** A list begins: what it does not name is gone. */
  listing(): void;
  /** A pod as it is now: listed, added or modified. */
  seen(pod: unknown): void;
  /** A pod as it was last. */
  deleted(pod: unknown): void;
  /** The list is complete. */
  listed(): void;
}

export interface Question {
  readonly api: Api;
  /** spec.nodeName of the pods. */
  readonly node: string;
  readonly news: PodNews;
  readonly signal: AbortSignal;
}

const PODS = '/api/v1/pods';
/** Of a list. A server that answers from its cache may ignore it, which is why lists are streamed. */
const PAGE = 500;
const LONGEST_EVENT = 16 * 1024 * 1024;

/**
 * Lists the pods, page by page.
 * @param cached take the answer from the server's cache, by its index of pods by node: it may be some seconds old, and the watch
 * that begins where it ends brings the rest. If not, the server reads what is stored, which is dear.
 * @returns where a watch begins, and how many pods there are
 * @throws ApiError; also `expired`, when a page was asked for too late
 */
export async function listPods(
  { api, node, news, signal }: Question,
  cached: boolean,
): Promise<{ version: string; pods: number }> {
  let pods = 0;
  let page: string | undefined;
  let version: string | undefined;
  const seen = (pod: unknown): void => {
    pods++;
    news.seen(pod);
  };
  news.listing();
  do {
    const query = {
      fieldSelector: `spec.nodeName=${node}`,
      limit: PAGE,
      continue: page,
      // A continue token holds a version of its own, and none is allowed beside it.
      resourceVersion: cached && page === undefined ? 0 : undefined,
    };
    ({ resourceVersion: version, continue: page } = await api.list(PODS, query, seen, signal));
  } while (page !== undefined);
  if (version === undefined) throw new ApiError('garbled', 'answered with a list that has no resourceVersion');
  news.listed();
  return { version, pods };
}

export interface Since {
  readonly version: string;
  /** The server is to end the watch after so long. */
  readonly timeoutSeconds: number;
  /** Longest silence before the connection is taken for dead. */
  readonly silenceMs: number;
  /** The watch is accepted. */
  readonly accepted: () => void;
  /** Something came, if only a bookmark; the next watch may begin here. */
  readonly reached: (version: string) => void;
}

/** Watches the pods until the server ends that in good order. @throws ApiError, or the error of a stream that broke off */
export async function watchPods({ api, node, news, signal }: Question, since: Since): Promise<void> {
  const query = {
    fieldSelector: `spec.nodeName=${node}`,
    resourceVersion: since.version,
    allowWatchBookmarks: true,
    timeoutSeconds: since.timeoutSeconds,
  };
  const stream = await api.watch(PODS, query, since.silenceMs, signal);
  since.accepted();
  let broken = false;
  for await (const line of lines(stream)) {
    if (broken) throw new ApiError('garbled', 'sent an event that is not JSON');
    const json = parseJson(line);
    // Half an event is the last thing that comes of a watch that was cut.
    broken = json === undefined;
    const event = asObject(json);
    switch (event['type']) {
      case 'ADDED':
      case 'MODIFIED':
        news.seen(event['object']);
        break;
      case 'DELETED':
        news.deleted(event['object']);
        break;
      case 'ERROR':
        throw reported(event['object']);
      // A BOOKMARK says how far we are, and a type yet to be invented does at least that.
    }
    const version = asText(asObject(asObject(event['object'])['metadata'])['resourceVersion']);
    if (version !== undefined) since.reached(version);
  }
  if (broken) throw new ApiError('cut', 'broke off within an event');
}

function lines(stream: Readable): AsyncIterable<string> {
  // Whoever reads the end of the pipe meets the error.
  return pipeline(stream, split2('\n', { maxLength: LONGEST_EVENT }), () => {});
}
