/**
 * `kubernetes.pod_overrides`: which overrides the authors of pods may ask for by annotation, with or without the prefix
 * `podferry.io/`.
 */
import { OVERRIDE_PREFIX, OVERRIDES } from '../util/overrides.ts';
import { someOf } from './some-of.ts';

export const overrides = (help: string) =>
  someOf({ names: OVERRIDES, fallback: 'all', help, isNone: 'nothing a pod may ask for', prefix: OVERRIDE_PREFIX });
