import { defineConfig } from 'vitest/config';

// Real files, processes and sockets: forks keep them apart, and two at a time fit a small machine.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
