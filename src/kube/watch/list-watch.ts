/**
 * The two requests about the pods of one node (Kubernetes API concepts, "Efficient detection of changes"): list how they are now,
 * watch what changes from then on.
 */
import { pipeline, type Readable } from 'node:stream';
import split2 from 'split2';
import type { Api } from '../api/api.ts';
import { ApiError, errorOfEvent } from '../api/api-error.ts';
import { LARGEST_OBJECT } from '../api/list-reader.ts';
import { asObject, asText, parseJson } from '../../util/json.ts';

/** Receives what the API says of the pods, in the order of the API's history. */
export interface PodEvents {
  /** A list begins. A known pod that it does not name was deleted. */
  listStarted(): void;
  /** A pod as it is now: listed, added or modified. */
  seen(pod: unknown): void;
  /** A pod was deleted. This is how it was last. */
  deleted(pod: unknown): void;
  /** The list is complete. */
  listCompleted(): void;
}

/** Which pods are asked for, of whom, and who receives the answer. */
export interface PodQuery {
  readonly api: Api;
  /** spec.nodeName of the pods. */
  readonly node: string;
  readonly events: PodEvents;
  /** Aborted: the request ends with an error. */
  readonly signal: AbortSignal;
}

const PODS = '/api/v1/pods';
/** How many pods a page of a list has. A server that answers from its cache may ignore it: so lists are read as they arrive. */
const PAGE = 500;

/**
 * Lists the pods, page by page.
 * @param cached whether the server may answer from its cache, which has an index of pods by node. The answer may be some seconds
 * old, and the watch that begins there brings the rest. If false, the server reads its storage, which costs it much.
 * @returns the version where a watch begins, and the number of pods
 * @throws ApiError, of kind `expired` also when a page was asked for too late; or the error of a stream that broke off
 */
export async function listPods(
  { api, node, events, signal }: PodQuery,
  cached: boolean,
): Promise<{ version: string; pods: number }> {
  let pods = 0;
  let page: string | undefined;
  let version: string | undefined;
  const seen = (pod: unknown): void => {
    pods++;
    events.seen(pod);
  };
  events.listStarted();
  do {
    const query = {
      fieldSelector: `spec.nodeName=${node}`,
      limit: PAGE,
      continue: page,
      // A continue token has a version in it. The API refuses a second one beside it.
      resourceVersion: cached && page === undefined ? 0 : undefined,
    };
    ({ resourceVersion: version, continue: page } = await api.list(PODS, query, seen, signal));
  } while (page !== undefined);
  if (version === undefined) throw new ApiError('garbled', 'answered with a list that has no resourceVersion');
  events.listCompleted();
  return { version, pods };
}

/** How a watch is asked for, and who is told of its progress. */
export interface WatchRequest {
  /** Where it begins: from a list, or from an event. */
  readonly version: string;
  /** After so long the server ends the watch. */
  readonly timeoutSeconds: number;
  /** After so long a silence the connection counts as dead. */
  readonly silenceMs: number;
  /** The server accepted the watch. */
  readonly accepted: () => void;
  /** An event came, possibly a bookmark. The next watch may begin at this version. */
  readonly reached: (version: string) => void;
}

/** Watches the pods until the server ends the watch in good order. @throws ApiError, or the error of a stream that broke off */
export async function watchPods({ api, node, events, signal }: PodQuery, request: WatchRequest): Promise<void> {
  const query = {
    fieldSelector: `spec.nodeName=${node}`,
    resourceVersion: request.version,
    allowWatchBookmarks: true,
    timeoutSeconds: request.timeoutSeconds,
  };
  const stream = await api.watch(PODS, query, request.silenceMs, signal);
  request.accepted();
  let broken = false;
  for await (const line of lines(stream)) {
    if (broken) throw new ApiError('garbled', 'sent an event that is not JSON');
    const json = parseJson(line);
    // A watch that was cut ends with a part of an event.
    broken = json === undefined;
    const event = asObject(json);
    switch (event['type']) {
      case 'ADDED':
      case 'MODIFIED':
        events.seen(event['object']);
        break;
      case 'DELETED':
        events.deleted(event['object']);
        break;
      case 'ERROR':
        throw errorOfEvent(event['object']);
      // A BOOKMARK has only a version. So has, at least, any type that a later Kubernetes adds.
    }
    const version = asText(asObject(asObject(event['object'])['metadata'])['resourceVersion']);
    if (version !== undefined) request.reached(version);
  }
  if (broken) throw new ApiError('cut', 'broke off within an event');
}

function lines(stream: Readable): AsyncIterable<string> {
  // The reader of the pipe gets the error.
  return pipeline(stream, split2('\n', { maxLength: LARGEST_OBJECT }), () => {});
}
