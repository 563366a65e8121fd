import { defineConfig } from 'vitest/config';

// Real files, processes and sockets: forks keep them apart, and two at a time fit a small machine. The tests of the whole agent
// (killed, starved, flooded; minutes each) are apart from those of its parts: `npm run test:agent`. So are those against a real
// server, which is fetched first: `npm run test:real`.
const AGENT = 'test/agent/**/*.test.ts';
const REAL = 'test/real/**/*.test.ts';

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // `npm run coverage`: what the tests of the parts run of src/, with a floor a little below what it is. main.ts and agent.ts
    // run only in processes of their own, which are not counted.
    coverage: {
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts', 'src/agent.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { statements: 96, branches: 93, functions: 96, lines: 98 },
    },
    projects: [
      { extends: true, test: { name: 'parts', include: ['test/**/*.test.ts'], exclude: [AGENT, REAL] } },
      { extends: true, test: { name: 'agent', include: [AGENT] } },
      { extends: true, test: { name: 'real', include: [REAL] } },
    ],
  },
});
