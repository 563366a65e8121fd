import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// `npm test` is what a change needs again and again: the parts, in less than a minute. What takes longer is in suites of its own:
// - `npm run test:slow`: what is named `*.slow.test.ts`, and the models, which are short in the parts, at full length;
// - `npm run test:agent`: a whole agent, killed, starved and flooded, for minutes;
// - `npm run test:real`: against a real server, which is fetched first.
const SLOW = 'test/**/*.slow.test.ts';
export const MODELS = [
  'test/files/model.test.ts',
  'test/record/determinism.test.ts',
  'test/record/encode/json-members.test.ts',
  'test/record/encode/json-parse.test.ts',
  'test/record/encode/room.test.ts',
  'test/record/redact/secrecy.test.ts',
  'test/util/text-pattern.test.ts',
];
/** Files that mock a module of src/: what others loaded before them would not be mocked. */
const ALONE = ['test/record/determinism.test.ts'];
const AGENT = 'test/agent/**/*.test.ts';
const REAL = 'test/real/**/*.test.ts';

export default defineConfig({
  test: {
    // Real files, processes and sockets: forks keep them apart.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // `npm run coverage`: what the tests of the parts, the slow ones too, run of src/, with a floor a little below what it is.
    // main.ts and agent.ts run only in processes of their own, which are not counted.
    coverage: {
      include: ['src/**/*.ts'],
      exclude: ['src/main.ts', 'src/agent.ts'],
      reporter: ['text-summary', 'html'],
      thresholds: { statements: 96, branches: 93, functions: 96, lines: 98 },
    },
    projects: [
      // One after the other in the same processes, which saves a third of the time: helpers do not register hooks when they are
      // loaded, since that is done once a process.
      project('parts', { include: ['test/**/*.test.ts'], exclude: [SLOW, AGENT, REAL, ...ALONE], isolate: false }, 3),
      project('alone', { include: ALONE }, 3),
      // The variable is read by test/helpers/length.ts.
      project('slow', { include: [SLOW, ...MODELS], env: { PODFERRY_TEST_LENGTH: 'full' }, testTimeout: 180_000 }),
      project('agent', { include: [AGENT] }),
      // A real server beside other work may take its time.
      project('real', { include: [REAL], testTimeout: 120_000 }),
    ],
  },
});

/** Two files at a time fit a small machine; three where most of the time is spent waiting. */
function project(name: string, test: TestProjectInlineConfiguration['test'], maxWorkers = 2) {
  // Projects with different numbers of workers run one after the other.
  return { extends: true as const, test: { name, maxWorkers, sequence: { groupOrder: maxWorkers }, ...test } };
}
