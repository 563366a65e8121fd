import { describe, expect, test } from 'vitest';
import {
  fallbackOf,
  filledIn,
  isFixed,
  isPart,
  patternOf,
  readPart,
  type PodField,
} from '../../src/util/stream-name.ts';
import { glob } from '../../src/util/pattern.ts';
import { dice } from '../helpers/dice.ts';

const POD: Partial<Record<PodField, string>> = {
  'kubernetes.namespace': 'shop-eu',
  'kubernetes.container.name': 'web',
  'label:team': 'Payments',
  'label:app.kubernetes.io/name': 'cart',
  'label:empty': '',
};
const valueOf = (field: PodField): string | undefined => POD[field];

describe('a part of the name of a data stream', () => {
  test.each([
    // Template, of the pod, of a pod that has nothing, of all pods.
    ['podferry', 'podferry', 'podferry', 'podferry'],
    ['{kubernetes.namespace}', 'shop_eu', 'other', '*'],
    ['{kubernetes.container.name}', 'web', 'other', '*'],
    ['k8s.{kubernetes.namespace}', 'k8s.shop_eu', 'k8s.other', 'k8s.*'],
    ['{label:team}', 'payments', 'other', '*'],
    ['{label:team|shared}', 'payments', 'shared', '*'],
    ['{label:absent|shared}', 'shared', 'shared', '*'],
    ['{label:empty|shared}', 'shared', 'shared', '*'],
    ['{label:app.kubernetes.io/name}', 'cart', 'other', '*'],
    ['{kubernetes.namespace}.{label:team}', 'shop_eu.payments', 'other.other', '*.*'],
    ['a{label:team|x}b', 'apaymentsb', 'axb', 'a*b'],
  ])('%s', (template, filled, fallback, pattern) => {
    const part = readPart(template)!;
    expect([filledIn(part, valueOf), fallbackOf(part), patternOf(part)]).toEqual([filled, fallback, pattern]);
    expect(isFixed(part)).toBe(!template.includes('{'));
  });

  test.each([
    '',
    'a-b',
    'Shop',
    '{kubernetes.pod.name}',
    '{namespace}',
    '{label:}',
    '{label:a b}',
    '{label:team|}',
    '{label:team|Shared}',
    '{label:team|a-b}',
    '{label:team|a|b}',
    '{label:team',
    'label:team}',
    '{{label:team}}',
    '{}',
    'a-{label:team}',
    'É{label:team}',
    `${'x'.repeat(81)}{label:team}`,
    `{label:team|${'x'.repeat(101)}}`,
    '{label:a}{label:b}{label:c}{label:d}{label:e}{label:f}',
  ])('%j is none', (template) => {
    expect(readPart(template)).toBeUndefined();
  });

  test.each([
    ['UPPER', 'upper'],
    ['a/b\\c*d?e"f<g>h|i j,k#l:m-n', 'a_b_c_d_e_f_g_h_i_j_k_l_m_n'],
    ['../../etc', '.._.._etc'],
    ['\u0000\n', '__'],
    ['팀', '_'],
    ['İ', 'i_'],
    ['{label:x}', '_label_x_'],
    ['x'.repeat(200), 'x'.repeat(100)],
    ['__proto__', '__proto__'],
  ])('the value %j of a label becomes %j', (value, cleaned) => {
    expect(filledIn(readPart('{label:team}')!, () => value)).toBe(cleaned);
  });

  test('whatever pods say, it is one that a data stream may have, and that the pattern covers', () => {
    const seed = Date.now() % 1e6;
    const random = dice(seed);
    const roll = (below: number): number => Math.floor(random() * below);
    const templates = [
      '{label:a}',
      'k8s.{label:a|x}.logs',
      '{label:a}{label:b}',
      'x_{kubernetes.namespace}_{label:b}_y',
    ];
    for (let i = 0; i < 2000; i++) {
      const part = readPart(templates[roll(templates.length)]!)!;
      const text = (): string => String.fromCodePoint(...Array.from({ length: roll(120) }, () => roll(0xd7ff)));
      const name = filledIn(part, text);
      expect([isPart(name), glob(patternOf(part), name)], `seed ${seed}: ${JSON.stringify(name)}`).toEqual([
        true,
        true,
      ]);
    }
  });
});
