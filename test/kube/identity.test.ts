/**
 * One tenant against the logs of another: pods made to look like theirs, in every order of events. Whatever such a pod says of
 * itself, the log of the victim is admitted, filtered and described as if it did not exist.
 */
import { describe, expect, it } from 'vitest';
import { podFacts } from '../../src/kube/pods/pod-facts.ts';
import { PodsFileMetadata } from '../../src/kube/pods-file-metadata.ts';
import { readPods } from '../../src/kube/pods/pod-list.ts';
import { RefusedClaims, type RefusedClaim } from '../../src/kube/pods/refused-claims.ts';
import { PodStore } from '../../src/kube/pods/pod-store.ts';
import { snapshotFacts } from '../../src/kube/pods/snapshot-facts.ts';
import { DataStreams } from '../../src/kube/metadata/data-streams.ts';
import { MetadataCache } from '../../src/kube/metadata/metadata-cache.ts';
import { isExcluded } from '../../src/kube/pods/pod-overrides.ts';
import type { ContainerLog } from '../../src/types.ts';
import { dice } from '../helpers/dice.ts';
import {
  nothingForbidden,
  AGENT,
  containerLog,
  HASH,
  podJson,
  STATIC,
  staticPod,
  settingsOf,
  UID,
  type Pod,
} from './fixtures.ts';
import { Said } from './harness.ts';

const MIRROR = 'kubernetes.io/config.mirror';
const SOURCE = 'kubernetes.io/config.source';

/** What decides about a log: is it read, what is asked of its lines, what do its documents say. */
interface Outcome {
  readonly excluded: boolean;
  readonly overrides: unknown;
  readonly constant: string;
}

/** Store and metadata cache as PodMetadata joins them, without its network. */
class Kube {
  told: RefusedClaim[] = [];
  readonly refused = new RefusedClaims((claim) => void this.told.push(claim));
  readonly store: PodStore;
  readonly cache: MetadataCache;

  constructor(snapshot: readonly string[] = []) {
    const { refused } = this;
    const changed = (): void => this.cache.changed();
    this.store = new PodStore({
      node: 'node-1',
      annotations: [],
      forbiddenBy: nothingForbidden,
      refused,
      wrong() {},
      changed,
      now: () => 0,
    });
    this.cache = new MetadataCache({
      agent: AGENT,
      settingsOf: settingsOf(),
      streams: new DataStreams({ base: AGENT.stream, log: new Said(), now: () => 0 }),
      find: (log) => this.store.find(log),
      namespaceLabels: () => undefined,
    });
    for (const pod of snapshotFacts(snapshot.join('\n'))!) this.store.podKnown(pod);
  }

  /** What the next process knows. */
  restarted(): Kube {
    return new Kube(this.store.texts());
  }

  list(...pods: Pod[]): void {
    this.store.listStarted();
    for (const pod of pods) this.store.seen(pod);
    this.store.listCompleted();
  }

  outcome(log: ContainerLog): Outcome {
    const { overrides, constant } = this.cache.meta(log);
    return { excluded: isExcluded(log, this.store.find(log), settingsOf()), overrides, constant: constant.toString() };
  }
}

/** A pod of the attacker's that asks for silence, made worse by `change`. */
function crafted(change: (pod: Pod) => void): Pod {
  return podJson((p) => {
    p.metadata = {
      name: 'innocent',
      namespace: 'evil',
      uid: 'eeeeeeee-1111-2222-3333-444455556666',
      labels: { app: 'evil', 'app.kubernetes.io/name': 'evil' },
      annotations: {
        'podferry.io/exclude': 'true',
        'podferry.io/exclude-containers': 'web',
        'podferry.io/min-level': 'fatal',
        'podferry.io/sample': '999',
        'podferry.io/multiline': 'off',
        'podferry.io/structured': 'off',
      },
    };
    change(p);
  });
}

const asMirror = (p: Pod, value: string): void => void (p.metadata.annotations[MIRROR] = value);
const ownedBy = (p: Pod, kind: string, name: string): void => {
  p.metadata.ownerReferences = [{ kind, name, controller: true }];
};

interface Victim {
  readonly pod: Pod;
  readonly log: () => ContainerLog;
}

const ORDINARY: Victim = {
  pod: podJson((p) => (p.metadata.annotations['podferry.io/min-level'] = 'debug')),
  log: () => containerLog(),
};
const MIRRORED: Victim = {
  pod: staticPod((p) => (p.metadata.annotations['podferry.io/min-level'] = 'debug')),
  log: () => containerLog(STATIC),
};

/** [what it is, whom it is to silence, the pod, whether it claims what is not its own] */
const CRAFTED: [string, Victim, Pod, boolean][] = [
  ['a mirror of the uid of another', ORDINARY, crafted((p) => asMirror(p, UID)), true],
  [
    'that, owned by our node',
    ORDINARY,
    crafted((p) => {
      asMirror(p, UID);
      ownedBy(p, 'Node', 'node-1');
    }),
    true,
  ],
  [
    'that, under the name of the other',
    ORDINARY,
    crafted((p) => {
      asMirror(p, UID);
      p.metadata.name = 'web-7d9f8b-abcde';
    }),
    true,
  ],
  [
    'that, in the namespace of the other',
    ORDINARY,
    crafted((p) => {
      asMirror(p, UID);
      p.metadata.namespace = 'shop';
    }),
    true,
  ],
  [
    'that, of the same namespace and name, before or after it',
    ORDINARY,
    crafted((p) => {
      asMirror(p, UID);
      Object.assign(p.metadata, { namespace: 'shop', name: 'web-7d9f8b-abcde' });
    }),
    true,
  ],
  ['the same uid', ORDINARY, crafted((p) => (p.metadata.uid = UID)), true],
  ['the same name in another namespace', ORDINARY, crafted((p) => (p.metadata.name = 'web-7d9f8b-abcde')), false],
  [
    'a namespace that holds the rest',
    ORDINARY,
    crafted((p) => (p.metadata.namespace = 'shop/web-7d9f8b-abcde')),
    false,
  ],
  [
    'a name that holds the rest',
    ORDINARY,
    crafted((p) => Object.assign(p.metadata, { namespace: 'shop', name: `web-7d9f8b-abcde/${UID}` })),
    false,
  ],
  [
    'a name with underscores, as in the name of the directory',
    ORDINARY,
    crafted((p) => Object.assign(p.metadata, { namespace: 'shop_web-7d9f8b-abcde', name: UID })),
    false,
  ],
  ['a mirror of the hash of another', MIRRORED, crafted((p) => asMirror(p, HASH)), true],
  [
    'that, owned by our node',
    MIRRORED,
    crafted((p) => {
      asMirror(p, HASH);
      p.metadata.annotations[SOURCE] = 'file';
      ownedBy(p, 'Node', 'node-1');
    }),
    true,
  ],
  [
    'that, in the namespace of the other',
    MIRRORED,
    crafted((p) => {
      asMirror(p, HASH);
      p.metadata.namespace = STATIC.namespace;
    }),
    true,
  ],
  [
    'that, under the name of the other',
    MIRRORED,
    crafted((p) => {
      asMirror(p, HASH);
      p.metadata.name = STATIC.pod;
    }),
    true,
  ],
  ['the hash as its uid', MIRRORED, crafted((p) => (p.metadata.uid = HASH)), true],
  // Even with the right name: kubelet makes no such mirrors.
  ...(
    [
      ['of another node', (p: Pod): unknown => (p.spec.nodeName = 'node-2')],
      ['owned by a DaemonSet', (p: Pod): unknown => ownedBy(p, 'DaemonSet', 'node-1')],
      ['owned by another node', (p: Pod): unknown => ownedBy(p, 'Node', 'node-2')],
      ['from the API', (p: Pod): unknown => (p.metadata.annotations[SOURCE] = 'api')],
      ['with a hash in capitals', (p: Pod): unknown => asMirror(p, HASH.toUpperCase())],
      ['with a hash that is too short', (p: Pod): unknown => asMirror(p, HASH.slice(1))],
      ['with a hash that is too long', (p: Pod): unknown => asMirror(p, `${HASH}0`)],
      ['with a line end in the hash', (p: Pod): unknown => asMirror(p, `${HASH}\n`)],
      ['with an empty hash', (p: Pod): unknown => asMirror(p, '')],
    ] as const
  ).map(([what, change]): [string, Victim, Pod, boolean] => [
    `a mirror ${what}`,
    MIRRORED,
    crafted((p) => {
      Object.assign(p.metadata, { namespace: STATIC.namespace, name: STATIC.pod });
      asMirror(p, HASH);
      change(p);
    }),
    true,
  ]),
];

/** What is known after every order of events in which both pods play a part, each asked at its end. */
function orders(victim: Pod, attacker: Pod): [string, Kube][] {
  const after = (events: (kube: Kube) => void): Kube => {
    const kube = new Kube();
    events(kube);
    return kube;
  };
  const kubes: [string, Kube][] = [
    ['the attacker last', after((b) => b.list(victim, attacker))],
    ['the attacker first', after((b) => b.list(attacker, victim))],
    [
      'the attacker deleted',
      after((b) => {
        b.list(victim, attacker);
        b.store.deleted(attacker);
      }),
    ],
    [
      'the attacker deleted before the victim came',
      after((b) => {
        b.list(attacker);
        b.store.deleted(attacker);
        b.store.seen(victim);
      }),
    ],
    [
      'the victim deleted',
      after((b) => {
        b.list(victim, attacker);
        b.store.deleted(victim);
      }),
    ],
    [
      'the victim deleted before the attacker came',
      after((b) => {
        b.list(victim);
        b.store.deleted(victim);
        b.store.seen(attacker);
      }),
    ],
    [
      'both deleted',
      after((b) => {
        b.list(attacker, victim);
        b.store.deleted(victim);
        b.store.deleted(attacker);
      }),
    ],
    [
      'a list that names neither',
      after((b) => {
        b.list(victim, attacker);
        b.list();
      }),
    ],
    [
      'an attacker that changes',
      after((b) => {
        b.list({ ...attacker, metadata: { ...attacker.metadata, annotations: {} } }, victim);
        b.store.seen(attacker);
        b.store.seen({ ...attacker, metadata: { ...attacker.metadata, labels: {} } });
      }),
    ],
  ];
  return kubes.flatMap(([name, kube]) => [
    [name, kube],
    [`${name}, after a restart`, kube.restarted()],
    [`${name}, after two`, kube.restarted().restarted()],
  ]);
}

describe('a pod made to silence another', () => {
  it.each(CRAFTED)('%s: in no order of events does it change what the other gets', (_, victim, attacker, claims) => {
    const alone = new Kube();
    alone.list(victim.pod);
    const expected = alone.outcome(victim.log());
    expect(expected).toMatchObject({ excluded: false, overrides: { minLevel: 'debug', sample: 1 } });
    expect(alone.refused.count).toBe(0);
    for (const [order, kube] of orders(victim.pod, attacker)) {
      expect(kube.outcome(victim.log()), order).toEqual(expected);
      const told = kube.told.length > 0;
      if (!order.includes('deleted')) expect(told, order).toBe(claims);
      if (!claims) expect(told, order).toBe(false);
    }
  });

  it.each(CRAFTED)('%s: nor what it gets before its pod is known', (_, victim, attacker) => {
    const expected = new Kube().outcome(victim.log());
    const kube = new Kube();
    const log = victim.log();
    kube.store.seen(attacker);
    expect(kube.outcome(log)).toEqual(expected);
    expect(kube.restarted().outcome(log)).toEqual(expected);
    kube.store.deleted(attacker);
    expect(kube.outcome(log)).toEqual(expected);
    expect(kube.restarted().outcome(log)).toEqual(expected);
  });

  it.each(CRAFTED)('%s: nor in a file of pods', (_, victim, attacker, claims) => {
    // Of a file nobody knows from which node it is.
    if (attacker.spec.nodeName !== 'node-1') return;
    const fileOf = (...items: Pod[]): [PodsFileMetadata, Said] => {
      const said = new Said();
      const pods = readPods(JSON.stringify({ kind: 'List', items }));
      return [
        new PodsFileMetadata({
          pods,
          agent: AGENT,
          settingsOf: settingsOf(),
          forbiddenBy: nothingForbidden,
          log: said,
        }),
        said,
      ];
    };
    const [alone] = fileOf(victim.pod);
    for (const [file, said] of [fileOf(victim.pod, attacker), fileOf(attacker, victim.pod)]) {
      const log = victim.log();
      expect(file.admit(log)).toBe('read');
      expect(file.meta(log).overrides).toEqual(alone.meta(log).overrides);
      expect(file.meta(log).constant.toString()).toBe(alone.meta(victim.log()).constant.toString());
      expect(said.matching(/^warn --pods: pods claim logs .* of this kind: 1\)/)).toHaveLength(claims ? 1 : 0);
    }
  });

  it.each(CRAFTED)('%s: but it may say what it likes of itself', (_, _victim, attacker) => {
    const kube = new Kube();
    kube.store.seen(attacker);
    const { namespace, name: pod, uid } = attacker.metadata;
    expect(kube.outcome(containerLog({ namespace, pod, uid }))).toMatchObject({
      excluded: true,
      overrides: { minLevel: 'fatal' },
    });
  });

  it('whatever comes in whatever order: the log is described by its own pod or by its path', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = dice(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
      const pods = [ORDINARY.pod, MIRRORED.pod, ...CRAFTED.map(([, , attacker]) => attacker)];
      const victims = [ORDINARY, MIRRORED].map((victim) => {
        const alone = new Kube();
        const unknown = alone.outcome(victim.log());
        alone.store.seen(victim.pod);
        return { log: victim.log(), fresh: victim.log, right: [unknown, alone.outcome(victim.log())] };
      });
      let kube = new Kube();
      for (let step = 0; step < 60; step++) {
        const kind = random();
        if (kind < 0.5) kube.store.seen(pick(pods));
        else if (kind < 0.8) kube.store.deleted(pick(pods));
        else if (kind < 0.9) kube.list(...pods.filter(() => random() < 0.5));
        else kube = kube.restarted();
        for (const { log, fresh, right } of victims) {
          expect(right, `seed ${seed}, step ${step}`).toContainEqual(kube.outcome(log));
          expect(right, `seed ${seed}, step ${step}`).toContainEqual(kube.outcome(fresh()));
        }
      }
    }
  });
});

describe('a static pod', () => {
  const asks = (change: (pod: Pod) => void): Pod =>
    staticPod((p) => {
      p.metadata.annotations['podferry.io/sample'] = '10';
      change(p);
    });
  it.each([
    ['as kubelet makes its mirror', asks(() => {})],
    ['of a kubelet that names no owner', asks((p) => delete p.metadata.ownerReferences)],
    ['from a web server', asks((p) => (p.metadata.annotations[SOURCE] = 'http'))],
    ['of which nothing says where it is from', asks((p) => delete p.metadata.annotations[SOURCE])],
    [
      'that somebody else owns too, without controlling it',
      asks((p) => delete p.metadata.ownerReferences[0].controller),
    ],
  ])('%s: has its labels and overrides', (_, pod) => {
    const right = { excluded: false, overrides: { sample: 10 }, constant: expect.stringContaining('kube-scheduler') };
    const kube = new Kube();
    kube.list(pod);
    expect(kube.outcome(containerLog(STATIC))).toMatchObject(right);
    expect(kube.restarted().outcome(containerLog(STATIC))).toMatchObject(right);
    kube.store.deleted(pod);
    expect(kube.outcome(containerLog(STATIC))).toMatchObject(right);
    expect(kube.restarted().outcome(containerLog(STATIC))).toMatchObject(right);
    expect(kube.refused.count).toBe(0);
    const file = new PodsFileMetadata({
      pods: [podFacts(pod, [])!],
      agent: AGENT,
      settingsOf: settingsOf(),
      forbiddenBy: nothingForbidden,
      log: new Said(),
    });
    expect(file.meta(containerLog(STATIC)).overrides.sample).toBe(10);
  });

  it('has its labels from a file that does not say on which node it was', () => {
    const pods = [
      podFacts(
        staticPod((p) => delete p.spec.nodeName),
        [],
      )!,
    ];
    const file = new PodsFileMetadata({
      pods,
      agent: AGENT,
      settingsOf: settingsOf(),
      forbiddenBy: nothingForbidden,
      log: new Said(),
    });
    expect(file.meta(containerLog(STATIC)).partial).toBe(false);
  });

  it('goes on under its name when its mirror is made again, before or after the old one is gone', () => {
    const again = staticPod((p) => Object.assign(p.metadata, { uid: 'again', labels: { component: 'newer' } }));
    for (const early of [true, false]) {
      const kube = new Kube();
      kube.list(staticPod());
      if (early) kube.store.deleted(staticPod());
      kube.store.seen(again);
      if (!early) kube.store.deleted(staticPod());
      expect(kube.outcome(containerLog(STATIC)).constant).toContain('"component":"newer"');
      expect(kube.restarted().outcome(containerLog(STATIC)).constant).toContain('"component":"newer"');
      expect(kube.refused.count).toBe(0);
    }
  });

  it('comes after the pod whose own uid is what it claims, under the same name, and that is told', () => {
    const own = podJson((p) => Object.assign(p.metadata, { namespace: STATIC.namespace, name: STATIC.pod, uid: HASH }));
    for (const pods of [
      [own, staticPod()],
      [staticPod(), own],
    ]) {
      const kube = new Kube();
      kube.list(...pods);
      expect(kube.outcome(containerLog(STATIC)).constant).toContain('"app":"shop"');
      expect(kube.refused.count).toBe(1);
    }
  });

  it('that ceases to be one no longer has the directory called by the hash', () => {
    const kube = new Kube();
    const log = containerLog(STATIC);
    kube.store.seen(staticPod());
    kube.store.seen(staticPod((p) => (p.metadata.annotations[SOURCE] = 'api')));
    expect(kube.outcome(log).constant).not.toContain('component');
    expect(kube.refused.count).toBe(1);
  });
});

describe('a directory called by a bare uid, as before Kubernetes 1.14', () => {
  const bare = (uid: string): ContainerLog => containerLog({ namespace: '', pod: '', uid });
  const twin = crafted((p) => (p.metadata.uid = UID));

  it('belongs to the only pod with this uid, also when that is gone', () => {
    const kube = new Kube();
    kube.list(ORDINARY.pod);
    expect(kube.outcome(bare(UID)).constant).toContain('"app":"shop"');
    kube.store.deleted(ORDINARY.pod);
    expect(kube.outcome(bare(UID)).constant).toContain('"app":"shop"');
  });

  it.each([
    ['in one order', [ORDINARY.pod, twin]],
    ['in the other', [twin, ORDINARY.pod]],
  ])('belongs to nobody when two pods claim the uid, %s; that is told', (_, pods) => {
    const unknown = new Kube().outcome(bare(UID));
    const kube = new Kube();
    const open = bare(UID);
    kube.store.seen(pods[0]);
    kube.outcome(open);
    kube.store.seen(pods[1]);
    expect([kube.outcome(open), kube.outcome(bare(UID))]).toEqual([unknown, unknown]);
    kube.store.deleted(pods[1]);
    expect([kube.outcome(open), kube.outcome(bare(UID))]).toEqual([unknown, unknown]);
    expect(kube.told).toEqual([
      expect.objectContaining({ claim: `metadata.uid: ${UID}`, reason: expect.stringMatching(/ claims it too: /) }),
    ]);
  });

  it('belongs to no static pod: nothing in its name tells the right one from a wrong one', () => {
    const unknown = new Kube().outcome(bare(HASH));
    for (const pods of [[MIRRORED.pod], [crafted((p) => asMirror(p, HASH))]]) {
      const kube = new Kube();
      kube.list(...pods);
      expect(kube.outcome(bare(HASH))).toEqual(unknown);
    }
  });
});

describe('refused claims', () => {
  it('are counted once, not with every heartbeat, and say who claimed what and why it is refused', () => {
    const kube = new Kube();
    const attacker = crafted((p) => asMirror(p, UID));
    kube.store.seen(attacker);
    for (let ip = 1; ip < 5; ip++) kube.store.seen({ ...attacker, status: { podIP: `10.0.0.${ip}` } });
    kube.store.deleted(attacker);
    expect(kube.refused.count).toBe(1);
    expect(kube.refused.list()).toEqual([
      { pod: 'evil/innocent', claim: `${MIRROR}: ${UID}`, reason: expect.stringMatching(/not the hash of a manifest/) },
    ]);
  });

  it('are few and short, however many and long they are', () => {
    const kube = new Kube();
    for (let i = 0; i < 2_000; i++) {
      kube.store.seen(
        crafted((p) => {
          asMirror(p, `\n\u001b[31m${i}${'x'.repeat(10_000)}`);
          Object.assign(p.metadata, { uid: `u${i}`, name: `n${i}${'y'.repeat(10_000)}` });
        }),
      );
    }
    expect(kube.refused.count).toBe(2_000);
    expect(kube.refused.list()).toHaveLength(50);
    expect(JSON.stringify(kube.refused.list()).length).toBeLessThan(50 * 1_000);
  });
});
