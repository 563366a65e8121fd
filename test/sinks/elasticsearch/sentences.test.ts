import { describe, expect, test } from 'vitest';
import { againSentence } from '../../../src/sinks/elasticsearch/sentences.ts';

const PLACE = { target: 'logs-podferry-default', streams: ['logs-podferry-default'], nodes: 'https://es.example.com' };

describe('a connection that cannot be made', () => {
  test.each([
    ['connect EMFILE 10.0.0.1:9200 - Local (undefined:undefined)', /limit of open files.*LimitNOFILE\)\.$/],
    ['getaddrinfo ENFILE es.example.com', /fs\.file-max\.$/],
  ])('%s: for want of descriptors, which is ours', (detail, words) => {
    const sentence = againSentence('connection', detail, PLACE);
    expect(sentence).toMatch(words);
    expect(sentence).not.toMatch(/ca_file|address/);
    expect(sentence).toContain('Nothing is lost');
  });

  test('connect ECONNREFUSED: address, network or certificate', () => {
    const sentence = againSentence('connection', 'connect ECONNREFUSED 10.0.0.1:9200', PLACE);
    expect(sentence).toMatch(/address.*certificate.*elasticsearch\.ca_file\.$/);
  });
});
