import { expect, test } from 'vitest';
import { hasEnded } from '../../../src/kube/pods/ended.ts';
import { podFacts } from '../../../src/kube/pods/pod-facts.ts';
import { podJson } from '../fixtures.ts';

const id = (letter: string): string => letter.repeat(64);
const [A, B, C] = [id('a'), id('b'), id('c')];

/** A status of the container `web`. */
interface Status {
  readonly restartCount?: number;
  /** Of the newest instance. */
  readonly id?: string;
  readonly state?: 'running' | 'waiting' | 'terminated';
  /** Of the instance that ended before. */
  readonly last?: string;
}

function facts({ restartCount, id: containerId, state, last }: Status, phase = 'Running') {
  return podFacts(
    podJson((p) => {
      p.status.phase = phase;
      p.status.containerStatuses = [
        {
          name: 'web',
          restartCount,
          ...(containerId ? { containerID: `containerd://${containerId}` } : {}),
          ...(state ? { state: { [state]: {} } } : {}),
          ...(last ? { lastState: { terminated: { containerID: `containerd://${last}` } } } : {}),
        },
      ];
    }),
    [],
  )!;
}

test.each<[what: string, status: Status, log: [restart: number, containerId?: string], boolean | undefined, string?]>([
  ['it runs', { restartCount: 0, id: A, state: 'running' }, [0, A], false],
  ['it runs, no link told the id', { restartCount: 0, id: A, state: 'running' }, [0], false],
  ['terminated', { restartCount: 0, id: A, state: 'terminated' }, [0, A], true],
  ['terminated, no link told the id', { restartCount: 0, id: A, state: 'terminated' }, [0], true],
  ['the status is older than the log', { restartCount: 0, id: A, state: 'terminated' }, [1, B], false],
  ['the status is older than the log, no id', { restartCount: 0, id: A, state: 'terminated' }, [1], false],
  ['the status is newer', { restartCount: 1, id: B, state: 'running', last: A }, [0, A], true],
  ['the status is newer, no id', { restartCount: 1, id: B, state: 'running', last: A }, [0], true],
  ['the status is much newer: no word of it', { restartCount: 5, id: C, state: 'running', last: B }, [0, A], undefined],
  [
    'the kubelet counts from 0 again, the status is from before',
    { restartCount: 5, id: A, state: 'terminated', last: B },
    [0, C],
    undefined,
  ],
  ['it waits for its next try', { restartCount: 3, id: A, state: 'waiting', last: A }, [3, A], true],
  ['it waits for its next try, which has begun', { restartCount: 3, id: A, state: 'waiting', last: A }, [4, B], false],
  ['it waits for its first try, or the status is old', { restartCount: 0, state: 'waiting' }, [0, A], false],
  ['another instance ended before it', { restartCount: 3, id: B, state: 'waiting', last: A }, [3, B], false],
  ['no status', {}, [0, A], undefined],
  ['no status, the pod failed', {}, [0, A], true, 'Failed'],
  ['the pod succeeded', { restartCount: 0, id: A, state: 'terminated' }, [0, A], true, 'Succeeded'],
  ['the pod failed, its container still runs', { restartCount: 0, id: A, state: 'running' }, [0, A], false, 'Failed'],
  ['lost by the runtime', { restartCount: 0, state: 'terminated' }, [0, A], true],
])('%s', (_, status, [restart, containerId], ended, phase?: string) => {
  expect(hasEnded(facts(status, phase), { container: 'web', restart, containerId })).toBe(ended);
});

test('init and ephemeral containers end too; of one that the pod does not have nothing is known', () => {
  const pod = podFacts(
    podJson((p) => {
      p.spec.initContainers = [{ name: 'setup' }];
      p.spec.ephemeralContainers = [{ name: 'debug' }];
      const status = (name: string, state: string) => ({ name, restartCount: 0, state: { [state]: {} } });
      p.status.initContainerStatuses = [status('setup', 'terminated')];
      p.status.ephemeralContainerStatuses = [status('debug', 'running')];
    }),
    [],
  )!;
  const ended = (container: string) => hasEnded(pod, { container, restart: 0, containerId: undefined });
  expect([ended('setup'), ended('debug'), ended('toString')]).toEqual([true, false, undefined]);
});
