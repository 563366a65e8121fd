/**
 * Pod overrides: what the author of a pod may change by annotation, and how that combines with the settings of the operator. The
 * author is not the operator. So only certain keys and values count: none names a path, compiles a pattern or costs much. And of
 * these only the ones count that the operator allows in this namespace. Anything else is ignored and reported.
 */
import type { ContainerLog, DataStream, OverrideName, PodOverrides } from '../../types.ts';
import { isOverride, OVERRIDE_PREFIX, OVERRIDES } from '../../util/overrides.ts';
import { PRESETS } from '../../util/presets.ts';
import type { StreamPart } from '../../util/stream-name.ts';
import { MULTILINE_WORDS, multilineOf } from '../../util/trace-kinds.ts';
import type { PodFacts } from './pod-facts.ts';
import { podRate, RATE_TAKES, stricter } from './pod-rate.ts';

/** An annotation that was ignored, as /status shows it. */
export interface BadAnnotation {
  /** `<namespace>/<pod>` */
  readonly pod: string;
  readonly annotation: string;
  /** At most 80 characters of it. */
  readonly value: string;
  /** Which values would count. */
  readonly expected: string;
}

/** What the own log says of the first one of a pod. */
export const WRONG_ANNOTATION =
  'an annotation of a pod asks for nothing that podferry knows. It is ignored, and the settings of the operator count in its place: ' +
  'ask the author of the pod to correct it. /status lists such annotations under kubernetes.bad_annotations.';

/** What the operator set for a container log. A pod may change the overrides. It cannot undo the exclusion. */
export interface LogSettings {
  readonly overrides: PodOverrides;
  /** The output that it goes to. Absent: the one that the sink at the top of the settings makes. */
  readonly output?: string;
  /** Its data stream. Absent: that of the sink. */
  readonly stream?: StreamParts;
  /** The files of the log are never opened. */
  readonly exclude: boolean;
}

/** The data stream of a container log, before the pod is looked at. */
export interface StreamParts {
  /** Of documents of the same output that nothing sends elsewhere. Absent: that of the agent. */
  readonly base?: DataStream;
  readonly dataset: StreamPart;
  readonly namespace: StreamPart;
}

/** Gives the operator's settings for a log. Called when a log is new or its pod changed; `pod` is undefined while it is not known. */
export type LogSettingsOf = (log: ContainerLog, pod: PodFacts | undefined) => LogSettings;

/** Gives the setting by which the operator forbids an override, or its value, to the pods of a namespace; undefined if it is allowed. */
export type ForbiddenBy = (namespace: string, override: OverrideName, value: string) => string | undefined;

/** What the annotations of one pod ask for. */
export interface AnnotationOverrides {
  /** The overrides that count. */
  readonly asked: Partial<PodOverrides>;
  /** Containers whose files are never opened. 'all': the whole pod. Undefined: none. */
  readonly excluded: 'all' | ReadonlySet<string> | undefined;
  /** Of the data stream. */
  readonly dataset: string | undefined;
  readonly bad: readonly BadAnnotation[];
  /** The first of these whose key or value is wrong, whatever the operator allows. */
  readonly wrong: BadAnnotation | undefined;
}

const SWITCHES = new Map(Object.entries({ auto: true, true: true, on: true, off: false, false: false }));
const LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal'] as const;
/** Of one pod. */
const MOST_BAD = 8;
/** Characters. */
const SHOWN = 80;

/**
 * The overrides that count for a log. What its pod asks for goes before what the operator set; but it only adds to what is redacted, and
 * only lowers the rate.
 */
export function overridesFor(
  { overrides }: LogSettings,
  known: { overrides: AnnotationOverrides } | undefined,
): PodOverrides {
  if (known === undefined) return overrides;
  const { asked } = known.overrides;
  const { redact = [], rate } = overrides;
  const all = asked.redact && PRESETS.filter((preset) => redact.includes(preset) || asked.redact!.includes(preset));
  return {
    ...overrides,
    ...asked,
    ...(all && { redact: all }),
    ...(asked.rate && { rate: stricter(rate, asked.rate) }),
  };
}

/** Must this log never be opened? The operator or its pod may say so. */
export function isExcluded(
  log: ContainerLog,
  known: { pod: PodFacts; overrides: AnnotationOverrides } | undefined,
  settingsOf: LogSettingsOf,
): boolean {
  const excluded = known?.overrides.excluded;
  return excluded === 'all' || excluded?.has(log.container) === true || settingsOf(log, known?.pod).exclude;
}

/** Reads the annotations of a pod. Never throws. */
export function annotationOverrides(pod: PodFacts, forbiddenBy: ForbiddenBy): AnnotationOverrides {
  const asked: { -readonly [K in keyof PodOverrides]?: PodOverrides[K] } = {};
  let excluded: AnnotationOverrides['excluded'];
  let dataset: string | undefined;
  const bad: BadAnnotation[] = [];
  let wrong: BadAnnotation | undefined;
  for (const [annotation, raw] of Object.entries(pod.annotations)) {
    if (!annotation.startsWith(OVERRIDE_PREFIX)) continue;
    const value = raw.length > 4096 ? raw : raw.trim().toLowerCase();
    const refuse = (expected: string, isForbidden = false): void => {
      const owner = `${pod.namespace}/${pod.name}`;
      const refused = { pod: owner, annotation: annotation.slice(0, SHOWN), value: raw.slice(0, SHOWN), expected };
      if (!isForbidden) wrong ??= refused;
      if (bad.length < MOST_BAD) bad.push(refused);
    };
    const override = annotation.slice(OVERRIDE_PREFIX.length);
    if (!isOverride(override)) {
      refuse(`${OVERRIDES.slice(0, -1).join(', ')} or ${OVERRIDES.at(-1)}`);
      continue;
    }
    const forbidden = forbiddenBy(pod.namespace, override, value);
    if (forbidden !== undefined) {
      const what =
        override === 'dataset' ? 'one that the operator allows' : 'nothing: the operator does not allow it here';
      refuse(`${what} (${forbidden})`, true);
      continue;
    }
    switch (override) {
      case 'exclude':
        if (value === 'true') excluded = 'all';
        else if (value !== 'false') refuse('true or false');
        break;
      case 'exclude-containers': {
        // A misspelt name excludes nothing: it is reported, and the others are excluded all the same.
        const names = value.split(',', 64).map((name) => name.trim());
        const known = names.filter((name) => pod.containers.some((c) => c.name === name));
        if (known.length < names.length) refuse('names of containers of this pod, separated by commas');
        if (excluded !== 'all') excluded = new Set(known);
        break;
      }
      case 'multiline':
        if (SWITCHES.has(value)) Object.assign(asked, multilineOf(SWITCHES.get(value)! ? 'auto' : 'off'));
        else if (MULTILINE_WORDS.includes(value)) Object.assign(asked, multilineOf(value));
        else refuse(MULTILINE_WORDS.join(', '));
        break;
      case 'structured':
        if (SWITCHES.has(value)) asked.structured = SWITCHES.get(value)!;
        else refuse('auto or off');
        break;
      case 'redact': {
        // A misspelt preset redacts nothing: it is reported, and the others count all the same.
        const names = value.split(',', 64).map((name) => name.trim());
        const presets = PRESETS.filter((preset) => names.includes(preset));
        if (names.some((name) => !PRESETS.some((preset) => preset === name))) refuse(`a list of ${PRESETS.join(', ')}`);
        if (presets.length > 0) asked.redact = presets;
        break;
      }
      case 'rate': {
        const rate = podRate(raw);
        if (rate === undefined) refuse(RATE_TAKES);
        else asked.rate = rate;
        break;
      }
      case 'dataset':
        dataset = value;
        break;
      case 'sample':
        if (/^[1-9]\d{0,5}$/.test(value)) asked.sample = Number(value);
        else refuse('a whole number from 1 to 999999: keep one record in so many');
        break;
      case 'min-level': {
        const level = LEVELS.find((each) => each === value);
        if (level === undefined) refuse(LEVELS.join(', '));
        else asked.minLevel = level === 'warning' ? 'warn' : level;
        break;
      }
    }
  }
  return { asked, excluded, dataset, bad, wrong };
}
