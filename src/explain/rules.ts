/** Which rules and annotations `podferry explain` says apply to a record, and which of them redacted or dropped it. */
import type { Config, Rule } from '../config/config.ts';
import { matches, type Subject } from '../config/rules.ts';
import type { Step } from './layout.ts';
import {
  DROPPED_BY_EXCLUDE,
  DROPPED_BY_INCLUDE,
  DROPPED_BY_LEVEL,
  DROPPED_BY_RATE,
  DROPPED_BY_SAMPLE,
} from '../record/encode/filter.ts';
import type { Seen } from '../record/join/watch.ts';
import type { ContainerLog, ContentPattern, PodOverrides, RateLimit } from '../types.ts';
import { amount } from '../util/human.ts';

/** What is asked about. */
export interface Question {
  readonly config: Config;
  readonly log: ContainerLog;
  /** Of its pod, if it is known. */
  readonly labels: ReadonlyMap<string, string> | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

export function stepsOfRules({ meta, redacted }: Seen, { config, log, labels, annotations }: Question): Step[] {
  const subject = subjectOf(log, labels);
  const rules = config.rules.flatMap(({ match }, i) => (matches(match, subject, false) ? [i] : []));
  const { overrides } = meta;
  const { redact = [], secrets = [] } = overrides;
  const wanted = [...redact, ...secrets.map(({ name, pattern }) => `${name} by ${quoted(pattern)}`)];
  const asked = Object.entries(annotations).filter(([key]) => key.startsWith('podferry.io/'));
  return [
    {
      name: 'rules',
      texts: [
        config.rules.length === 0
          ? 'there are none'
          : rules.length === 0
            ? `none of ${config.rules.length} matches this container${labels === undefined ? '; the labels of its pod are not known (--pods)' : ''}`
            : `${rules.map((i) => `rules[${i}]`).join(', ')} of ${config.rules.length} match this container`,
        ...asked.map(([key, value]) => `the pod asks for ${key}: ${JSON.stringify(value.slice(0, 80))}`),
        `asked for, all together: ${settingsText(overrides)}`,
      ],
    },
    {
      name: 'redacted',
      texts:
        wanted.length === 0
          ? []
          : [
              redacted.size === 0 ? 'nothing was found' : [...redacted].map(([mark, n]) => `${mark} ${n} ×`).join(', '),
              `looked for: ${wanted.join(', ')}`,
            ],
    },
  ];
}

function settingsText({
  multiline,
  traces,
  firstLine,
  structured,
  parse = 'off',
  sample,
  minLevel,
  rate,
  include,
  exclude,
}: PodOverrides): string {
  const joining =
    firstLine === undefined ? (multiline ? (traces ?? 'auto') : 'off') : `first_line ${quoted(firstLine)}`;
  return [
    `multiline ${joining}`,
    `structured ${structured ? 'auto' : 'off'}`,
    `parse ${parse}`,
    ...(sample > 1 ? [`sample ${sample}`] : []),
    ...(minLevel === undefined ? [] : [`min_level ${minLevel}`]),
    ...(rate === undefined ? [] : [`rate ${rateText(rate)}`]),
    ...(include === undefined ? [] : [`include ${include.map(quoted).join(' or ')}`]),
    ...(exclude === undefined ? [] : [`exclude ${exclude.map(quoted).join(' or ')}`]),
  ].join(', ');
}

function rateText({ records, bytes, burst }: RateLimit): string {
  const parts = [
    ...(records === Infinity ? [] : [amount(records, 'record')]),
    ...(bytes === Infinity ? [] : [amount(bytes, 'byte')]),
  ];
  return `${parts.join(' and ')} a second, counted over ${burst} s`;
}

/** What became of it. */
export function outcome({ verdict, meta, shown, content, stream }: Seen): string[] {
  const { minLevel, sample, include = [], exclude = [], rate } = meta.overrides;
  const bytes = shown ?? content;
  switch (verdict) {
    case DROPPED_BY_LEVEL:
      return [`dropped by min_level: its level is below ${minLevel}`];
    case DROPPED_BY_SAMPLE:
      return [
        `dropped by sample: one record in ${sample} is kept, which one follows from its id; warnings and errors always are`,
      ];
    case DROPPED_BY_EXCLUDE:
      return [
        `dropped by exclude: ${exclude
          .filter((each) => isIn(each, bytes))
          .map(quoted)
          .join(', ')} is in it`,
      ];
    case DROPPED_BY_INCLUDE:
      return [`dropped by include: it has nothing of ${include.map(quoted).join(', ')} in it`];
    case DROPPED_BY_RATE:
      return [`dropped by rate: more than ${rate === undefined ? '' : rateText(rate)}; a stack trace never is`];
    default:
      return [
        stream === 2 && minLevel !== undefined
          ? 'sent: a line of no known format is never dropped by its level'
          : 'sent',
      ];
  }
}

function isIn(wanted: string | ContentPattern, bytes: Buffer): boolean {
  return typeof wanted === 'string' ? bytes.includes(wanted) : wanted.isIn(bytes, 0, bytes.length);
}

/** A text or a pattern as it is shown. */
export function quoted(wanted: string | ContentPattern | undefined): string {
  return wanted === undefined ? '' : typeof wanted === 'string' ? JSON.stringify(wanted) : `/${wanted.source}/`;
}

export function subjectOf(log: ContainerLog, labels: ReadonlyMap<string, string> | undefined): Subject {
  return { namespace: log.namespace, pod: log.pod, container: log.container, labels };
}

/** ` (rules[2])`: the last rule that says something of this; '' if none does. */
export function by(rules: readonly Rule[], subject: Subject, member: keyof Rule): string {
  const i = rules.findLastIndex((rule) => rule[member] !== undefined && matches(rule.match, subject, false));
  return i < 0 ? '' : ` (rules[${i}])`;
}
