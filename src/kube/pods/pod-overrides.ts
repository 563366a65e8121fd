/**
 * Pod overrides: what the author of a pod may change by annotation, and how that combines with the settings of the operator. The
 * author is not the operator. So only certain keys and values count: none names a path, compiles a pattern or costs much. And of
 * these only the ones count that the operator allows in this namespace. Anything else is ignored and reported.
 */
import type { ContainerLog, DataStream, OverrideName, PodOverrides } from '../../types.ts';
import { isOverride, OVERRIDE_PREFIX } from '../../util/overrides.ts';
import type { StreamPart } from '../../util/stream-name.ts';
import type { PodFacts } from './pod-facts.ts';

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
}

const SWITCHES = new Map(Object.entries({ auto: true, true: true, on: true, off: false, false: false }));
const LEVELS = ['trace', 'debug', 'info', 'warn', 'warning', 'error', 'fatal'] as const;
/** Of one pod. */
const MOST_BAD = 8;
/** Characters. */
const SHOWN = 80;

/** The overrides that count for a log. What its pod asks for goes before what the operator set. */
export function overridesFor(
  { overrides }: LogSettings,
  known: { overrides: AnnotationOverrides } | undefined,
): PodOverrides {
  return known === undefined ? overrides : { ...overrides, ...known.overrides.asked };
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
  for (const [annotation, raw] of Object.entries(pod.annotations)) {
    if (!annotation.startsWith(OVERRIDE_PREFIX)) continue;
    const value = raw.length > 4096 ? raw : raw.trim().toLowerCase();
    const refuse = (expected: string): void => {
      if (bad.length >= MOST_BAD) return;
      const owner = `${pod.namespace}/${pod.name}`;
      bad.push({ pod: owner, annotation: annotation.slice(0, SHOWN), value: raw.slice(0, SHOWN), expected });
    };
    const switched = (name: 'multiline' | 'structured'): void => {
      if (SWITCHES.has(value)) asked[name] = SWITCHES.get(value)!;
      else refuse('auto or off');
    };
    const override = annotation.slice(OVERRIDE_PREFIX.length);
    if (!isOverride(override)) {
      refuse('exclude, exclude-containers, multiline, structured, sample, min-level or dataset');
      continue;
    }
    const forbidden = forbiddenBy(pod.namespace, override, value);
    if (forbidden !== undefined) {
      const what =
        override === 'dataset' ? 'one that the operator allows' : 'nothing: the operator does not allow it here';
      refuse(`${what} (${forbidden})`);
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
        switched('multiline');
        break;
      case 'structured':
        switched('structured');
        break;
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
  return { asked, excluded, dataset, bad };
}
