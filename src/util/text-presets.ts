/** The values of `parse`: one list for the setting and the rules. What each reads: src/record/encode/text/formats.ts. */
import type { Parse, TextPreset } from '../types.ts';

/** A record, so that the compiler asks for a new name here too. */
const NAMES: Record<TextPreset, true> = {
  access: true,
  apache: true,
  celery: true,
  envoy: true,
  haproxy: true,
  java: true,
  klog: true,
  laravel: true,
  logfmt: true,
  mongodb: true,
  mysql: true,
  nginx: true,
  postgresql: true,
  python: true,
  rabbitmq: true,
  redis: true,
  rust: true,
  syslog: true,
  traefik: true,
};

export const PARSES: readonly Parse[] = ['auto', 'off', ...(Object.keys(NAMES) as TextPreset[])];
