/**
 * The presets of `redact`: which kinds of secrets a rule can name. One list for the setting and for the code that finds them.
 */
import type { Preset } from '../types.ts';

/** A record, so that the compiler asks for a new name here too. */
const NAMES: Record<Preset, true> = {
  email: true,
  ipv4: true,
  ipv6: true,
  card: true,
  jwt: true,
  authorization: true,
  cloud_key: true,
  private_key: true,
  resident_number: true,
  phone: true,
};

export const PRESETS = Object.keys(NAMES) as readonly Preset[];
