/**
 * What the author of a pod may ask for by annotation. The author is not the operator: so only these keys, only these values,
 * nothing that names a path, compiles a pattern or costs more than it saves; and of these only what the operator lets pods of
 * this namespace ask for. What is bad or not allowed is ignored and reported.
 */
import type { ContainerLog, Level, OverrideName, PodOverrides } from '../../types.ts';
import { isOverride, OVERRIDE_PREFIX } from '../../util/overrides.ts';
import type { PodFacts } from './pod-facts.ts';

/** A wish that could not be met: visible in /status. */
export interface BadAnnotation {
  /** `<namespace>/<pod>` */
  readonly pod: string;
  readonly annotation: string;
  /** Shortened. */
  readonly value: string;
  readonly expected: string;
}

/** What the operator wants of a container log: the pod's author may change the wishes, but not read what is excluded. */
export interface LogSettings {
  readonly overrides: PodOverrides;
  /** Its files are never opened. */
  readonly exclude: boolean;
}

/** The operator's terms for a log; `pod` is undefined as long as it is not known. Asked when a log is met or its pod changes. */
export type LogSettingsOf = (log: ContainerLog, pod: PodFacts | undefined) => LogSettings;

/** The setting by which the operator forbids the pods of a namespace to ask for something; undefined: they may. */
export type ForbiddenBy = (namespace: string, override: OverrideName) => string | undefined;

export interface AnnotationOverrides {
  /** What the pod's annotations ask for. */
  readonly asked: Partial<PodOverrides>;
  /** Containers whose files are never opened; undefined: none; 'all': the whole pod. */
  readonly excluded: 'all' | ReadonlySet<string> | undefined;
  readonly bad: readonly BadAnnotation[];
}

const SWITCHES = new Map([
  ['auto', true],
  ['true', true],
  ['on', true],
  ['off', false],
  ['false', false],
]);
const LEVELS = new Map<string, Level>([
  ['trace', 'trace'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['warn', 'warn'],
  ['warning', 'warn'],
  ['error', 'error'],
  ['fatal', 'fatal'],
]);
const MOST_BAD = 8;
const SHOWN = 80;

/** What holds for a log of this pod: what its author asks for goes over what the operator does. */
export function overridesFor(
  log: ContainerLog,
  known: { pod: PodFacts; overrides: AnnotationOverrides } | undefined,
  settingsOf: LogSettingsOf,
): PodOverrides {
  const { overrides } = settingsOf(log, known?.pod);
  return known === undefined ? overrides : { ...overrides, ...known.overrides.asked };
}

/** Must this log never be opened? Either side may say so. */
export function isExcluded(
  log: ContainerLog,
  known: { pod: PodFacts; overrides: AnnotationOverrides } | undefined,
  settingsOf: LogSettingsOf,
): boolean {
  const excluded = known?.overrides.excluded;
  return excluded === 'all' || excluded?.has(log.container) === true || settingsOf(log, known?.pod).exclude;
}

/** Reads a pod's annotations. */
export function annotationOverrides(pod: PodFacts, forbiddenBy: ForbiddenBy): AnnotationOverrides {
  const asked: { -readonly [K in keyof PodOverrides]?: PodOverrides[K] } = {};
  let excluded: AnnotationOverrides['excluded'];
  const bad: BadAnnotation[] = [];
  for (const [annotation, raw] of Object.entries(pod.annotations)) {
    if (!annotation.startsWith(OVERRIDE_PREFIX)) continue;
    const value = raw.length > 4096 ? raw : raw.trim().toLowerCase();
    const refuse = (expected: string): void => {
      if (bad.length >= MOST_BAD) return;
      const owner = `${pod.namespace}/${pod.name}`;
      bad.push({ pod: owner, annotation: annotation.slice(0, SHOWN), value: raw.slice(0, SHOWN), expected });
    };
    const switched = (wish: 'multiline' | 'structured'): void => {
      if (SWITCHES.has(value)) asked[wish] = SWITCHES.get(value)!;
      else refuse('auto or off');
    };
    const override = annotation.slice(OVERRIDE_PREFIX.length);
    if (!isOverride(override)) {
      refuse('exclude, exclude-containers, multiline, structured, sample or min-level');
      continue;
    }
    const forbidden = forbiddenBy(pod.namespace, override);
    if (forbidden !== undefined) {
      refuse(`nothing: the operator does not allow it here (${forbidden})`);
      continue;
    }
    switch (override) {
      case 'exclude':
        if (value === 'true') excluded = 'all';
        else if (value !== 'false') refuse('true or false');
        break;
      case 'exclude-containers': {
        // A misspelt name would exclude nothing in silence: it is reported, and the others are excluded all the same.
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
      case 'sample':
        if (/^[1-9]\d{0,5}$/.test(value)) asked.sample = Number(value);
        else refuse('a whole number from 1 to 999999: keep one record in so many');
        break;
      case 'min-level':
        if (LEVELS.has(value)) asked.minLevel = LEVELS.get(value);
        else refuse([...LEVELS.keys()].join(', '));
        break;
    }
  }
  return { asked, excluded, bad };
}
