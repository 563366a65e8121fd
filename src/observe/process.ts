/** The usual metrics of a process under their usual names, and of Node.js only the heap. */
import { readdirSync } from 'node:fs';
import type { Instruments } from './instruments.ts';

/** process.cpuUsage(), process.memoryUsage() and process.constrainedMemory(). */
export interface Usage {
  readonly cpu: NodeJS.CpuUsage;
  readonly memory: NodeJS.MemoryUsage;
  /** Bytes that the container may use, as its control group says; none if it says nothing, or more than any machine has. */
  readonly memoryLimit: number | undefined;
}

/** What the kernel says where there is no limit: a number beyond any memory. 1 PiB. */
const UNLIMITED_BYTES = 2 ** 50;
const NO_CPU = { user: 0, system: 0 };
const NO_MEMORY = { rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 };

/** Registers the metrics. `ask` is called at each scrape. */
export function processMetrics(version: string, ask: () => Usage, instruments: Instruments): void {
  const usage = lastKnown(ask, { cpu: NO_CPU, memory: NO_MEMORY, memoryLimit: 0 });
  instruments.gaugeBy('podferry_build_info', 'Always 1; the version is a label.', 'version', () => [[version, 1]]);
  instruments.counter('process_cpu_seconds_total', 'CPU time spent.', () => {
    const { user, system } = usage().cpu;
    return (user + system) / 1e6;
  });
  instruments.gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => {
    return performance.timeOrigin / 1000;
  });
  instruments.gauge('process_resident_memory_bytes', 'Resident memory.', () => usage().memory.rss);
  instruments.gauge('podferry_memory_limit_bytes', 'Memory that the container may use; 0 if there is no limit.', () => {
    const { memoryLimit = 0 } = usage();
    return memoryLimit < UNLIMITED_BYTES ? memoryLimit : 0;
  });
  instruments.gauge('process_open_fds', 'Open file descriptors.', lastKnown(openFiles, 0));
  instruments.gauge('nodejs_heap_size_used_bytes', 'JavaScript heap in use.', () => usage().memory.heapUsed);
  instruments.gauge('nodejs_heap_size_total_bytes', 'JavaScript heap.', () => usage().memory.heapTotal);
  instruments.gauge('nodejs_external_memory_bytes', 'Buffers and other memory outside of the heap.', () => {
    return usage().memory.external;
  });
}

/** The number of open descriptors, as Linux tells it. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').length - 1; // The reading of the directory takes one too.
}

/** The last known answer where `ask` fails: /proc cannot be read when no descriptor is left. */
function lastKnown<T>(ask: () => T, none: T): () => T {
  let known = none;
  return () => {
    try {
      known = ask();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
    return known;
  };
}
