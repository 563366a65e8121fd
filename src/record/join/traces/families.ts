/** Which families of traces (kinds.ts) a preset joins: that of its runtime, and what loggers print around it. */
import type { TraceKind } from '../../../types.ts';
import {
  BEAM,
  familyOf,
  FRAMED,
  GO,
  LOGGER,
  NATIVE,
  NODE,
  OPEN,
  OVER,
  PYTHON,
  PYTHON_TOO,
  SCRIPT,
  SPACED,
} from './kinds.ts';

const OF: Readonly<Record<TraceKind, readonly number[]>> = {
  java: [FRAMED],
  dotnet: [FRAMED],
  node: [FRAMED, NODE],
  python: [PYTHON, PYTHON_TOO],
  go: [GO],
  rust: [NATIVE],
  ruby: [SCRIPT],
  php: [SCRIPT],
  erlang: [BEAM],
};

export const ALL = -1;
const maskOf = (traces: TraceKind): number => [LOGGER, ...OF[traces]].reduce((mask, family) => mask | (1 << family), 0);
// Asked each time a log is served.
const MASKS = Object.fromEntries(Object.keys(OF).map((each) => [each, maskOf(each as TraceKind)])) as Record<
  TraceKind,
  number
>;

/** A bit for each family that is joined; without a preset all of them are. */
export function familiesOf(traces: TraceKind | undefined): number {
  return traces === undefined ? ALL : MASKS[traces];
}

/** Whether a trace of this kind (kinds.ts) is of one of the families. */
export function isOf(families: number, kind: number): boolean {
  return (kind & ~(SPACED | OPEN)) === OVER || ((families >> familyOf(kind)) & 1) === 1;
}
