/**
 * /metrics, /livez, /readyz and /status for Prometheus, the kubelet and people; the probes also on a port of their own. Anybody in
 * the cluster may ask. So nothing can be changed here, and no secret is shown. The bounds in listener.ts keep requests from doing
 * harm.
 */
import { hostPort, type Address } from '../util/address.ts';
import { OperatorError } from '../util/errors.ts';
import { Kept, words, type Answer } from './answer.ts';
import { fewDescriptorsLeft } from './descriptors.ts';
import { Listener, type ListenerOptions } from './listener.ts';
import type { Request } from './request.ts';

/** Whether all is well; if not, the reasons, one sentence each. */
export interface Health {
  readonly ok: boolean;
  readonly reasons: readonly string[];
}

/** The settings under `http`. */
export interface HttpSettings {
  readonly listen: Address | null;
  readonly probes: Address | null;
  readonly status: 'loopback' | 'anywhere';
}

/** What the answers tell. */
export interface HttpTopics {
  readonly metrics: { text(): Promise<string>; readonly contentType: string };
  /** False only if a restart would help, that is for a bug of podferry. A sink that does not answer is no reason. */
  readonly live: () => Health;
  readonly ready: () => Health;
  /** Goes out as JSON. */
  readonly status: () => unknown;
}

/** The ports that are open. */
export interface HttpEndpoints {
  /** Where it listens, with the port that the system chose for port 0; '' if it does not listen. */
  readonly url: string;
  /** The same for the port of the probes. */
  readonly probesUrl: string;
  /** Closes at once, connections included. */
  close(): Promise<void>;
}

const INDEX = `podferry
  /metrics  for Prometheus
  /livez    200 unless a restart would help
  /readyz   200 once documents are acknowledged; else why not
  /status   every log file: what is read, what is acknowledged, and why it waits; what was lost (JSON; on loopback)
`;
const PROBES_INDEX = `podferry
  /livez    200 unless a restart would help
  /readyz   200 once documents are acknowledged; else why not
`;
const LOOPBACK_ONLY =
  '/status names every pod and is answered on loopback only: kubectl -n podferry port-forward POD 9464, then ' +
  'http://localhost:9464/status. Or set http.status to anywhere.\n';

/** How often to check whether descriptors run short. */
const LOOK_MS = 1000;
const PATIENCE = { headMs: 5000, answerMs: 5000 };

/**
 * Opens the ports of the settings.
 * @throws OperatorError if an address cannot be used
 */
export async function serveHttp(settings: HttpSettings, topics: HttpTopics): Promise<HttpEndpoints> {
  const open: Listener[] = [];
  const look = setInterval(() => {
    if (open.length > 0 && fewDescriptorsLeft()) for (const each of open) each.save();
  }, LOOK_MS).unref();
  const close = async () => {
    clearInterval(look);
    await Promise.all(open.map((each) => each.close()));
  };
  const serve = async (key: string, at: Address | null, options: Pick<ListenerOptions, 'most' | 'respond'>) => {
    if (at === null) return '';
    const listener = new Listener({ ...options, ...PATIENCE });
    const { host } = at;
    const port = await listener.listen(host, at.port).catch(async (error: NodeJS.ErrnoException) => {
      await close();
      throw new OperatorError(
        `${key} ${hostPort(at)} cannot be used: ${why(error)}; choose another, e.g. 0.0.0.0:9465, or off.`,
      );
    });
    open.push(listener);
    return `http://${hostPort({ host, port })}`;
  };
  const url = await serve('http.listen', settings.listen, { most: 64, respond: everything(settings, topics) });
  const probesUrl = await serve('http.probes', settings.probes, {
    most: 32,
    respond: (asked) => probes(asked, topics),
  });
  return { url, probesUrl, close };
}

function why({ code }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EADDRINUSE':
      return 'another process listens there';
    case 'EACCES':
      return 'ports below 1024 need a privilege';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address';
    default:
      return code ?? 'unknown reason';
  }
}

function everything(settings: HttpSettings, { metrics, live, ready, status }: HttpTopics): ListenerOptions['respond'] {
  const keptMetrics = new Kept(async () => {
    return { status: 200, type: metrics.contentType, body: Buffer.from(await metrics.text()) };
  });
  const keptStatus = new Kept(async () => {
    const body = Buffer.from(JSON.stringify(status(), null, 2) + '\n');
    return { status: 200, type: 'application/json; charset=utf-8', body };
  });
  return (request, remote) => {
    switch (request.path) {
      case '/':
        return words(200, INDEX);
      case '/livez':
        return health(live());
      case '/readyz':
        return health(ready());
      case '/status':
        return settings.status === 'anywhere' || isLocal(request, remote)
          ? keptStatus.get()
          : words(403, LOOPBACK_ONLY);
      case '/metrics':
        return keptMetrics.get();
      default:
        return words(404, `not found\n\n${INDEX}`);
    }
  };
}

function probes({ path }: Request, { live, ready }: HttpTopics): Answer {
  switch (path) {
    case '/':
      return words(200, PROBES_INDEX);
    case '/livez':
      return health(live());
    case '/readyz':
      return health(ready());
    default:
      return words(404, `not found\n\n${PROBES_INDEX}`);
  }
}

function health({ ok, reasons }: Health): Answer {
  return words(ok ? 200 : 503, [ok ? 'ok' : 'not ok', ...reasons, ''].join('\n'));
}

/**
 * Whether the client is on this machine, or uses a forwarded port. The Host header must be local too: a page in the browser of a
 * person who forwards the port could use a name of its own that leads to 127.0.0.1.
 */
function isLocal({ host }: Request, remote: string): boolean {
  if (!/^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(remote)) return false;
  return host === undefined || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host);
}
