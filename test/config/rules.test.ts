import { describe, expect, it } from 'vitest';
import { readInline } from '../../src/config/file.ts';
import { TextPattern, withPatterns } from '../../src/util/text-pattern.ts';
import { matches, resolveRules, rules, type Rule } from '../../src/config/rules.ts';

await withPatterns(() => TextPattern.of('a'));

function read(yaml: string): { value: readonly Rule[] | undefined; complaints: string[] } {
  const complaints: string[] = [];
  const complain = (_: string, text: string) => void complaints.push(text);
  const given = readInline(yaml, 'here', 'rules', complain)!;
  return { value: rules('').read(given, 'rules', complain), complaints };
}

const shop = { namespace: 'shop', pod: 'web-7d9f8b-abcde', container: 'web', labels: new Map([['app', 'web']]) };

describe('rules', () => {
  it('become typed', () => {
    expect(
      read(`[
        {match: {namespace: dev-*}, min_level: info, structured: off, parse: nginx},
        {match: {pod: load*, container: app}, sample: 100},
        {match: {labels: {app.kubernetes.io/name: noisy}}, drop: true, multiline: auto}]`),
    ).toEqual({
      complaints: [],
      value: [
        { match: { namespace: 'dev-*', labels: new Map() }, minLevel: 'info', structured: false, parse: 'nginx' },
        { match: { pod: 'load*', container: 'app', labels: new Map() }, sample: 100 },
        { match: { labels: new Map([['app.kubernetes.io/name', 'noisy']]) }, drop: true, multiline: true },
      ],
    });
  });

  it('say which lines are joined; a later rule takes back all of an earlier one', () => {
    const [pattern, preset, auto] = read(`[
      {match: {pod: a}, multiline: {first_line: '^\\d'}},
      {match: {pod: a}, multiline: go},
      {match: {pod: a}, multiline: auto}]`).value!;
    expect(pattern).toMatchObject({ multiline: true, traces: undefined, firstLine: { source: '^\\d' } });
    const subject = { namespace: 'n', pod: 'a', container: 'c', labels: undefined };
    expect(resolveRules([pattern!, preset!], subject)).toEqual({ multiline: true, traces: 'go' });
    expect(resolveRules([preset!, pattern!], subject)).toMatchObject({
      multiline: true,
      firstLine: { source: '^\\d' },
    });
    expect(resolveRules([pattern!, preset!, auto!], subject)).toEqual({ multiline: true });
  });

  it.each([
    ['{a: b}', 'rules takes a list such as [{match: {namespace: dev-*}, drop: true}], not a map'],
    ['[x]', 'rules[0] takes a map with match and what to do, not "x"'],
    [
      '[{match: {pod: a}}]',
      'rules[0] asks for nothing; give one of drop, keep, min_level, sample, multiline, structured, parse, output, dataset, namespace, redact, include, exclude, rate, add',
    ],
    ['[{drop: true}]', 'rules[0].match takes a map such as {namespace: shop, pod: web-*}, not ""'],
    ['[{match: {}, drop: true}]', 'rules[0].match takes a map such as {namespace: shop, pod: web-*}, not a map'],
    ['[{match: {pod: a}, drop: yes}]', 'rules[0].drop takes true or false, not "yes"'],
    [
      '[{match: {pod: a}, min_level: loud}]',
      'rules[0].min_level takes trace, debug, info, warn, error or fatal, not "loud"',
    ],
    [
      '[{match: {pod: a}, sample: 0}]',
      'rules[0].sample takes a whole number such as 10, to keep one record in 10, not "0"',
    ],
    [
      '[{match: {pod: a}, parse: ngnix}]',
      'rules[0].parse takes auto, off, access, apache, celery, envoy, haproxy, java, klog, laravel, logfmt, mongodb, mysql, nginx, postgresql, python, rabbitmq, redis, rust, syslog, traefik, not "ngnix"; did you mean nginx?',
    ],
    ['[{match: {pod: a}, redact: [emial]}]', 'rules[0].redact has no preset "emial"; did you mean email?'],
    [
      '[{match: {pod: a}, redact: []}]',
      'rules[0].redact takes a list of email, ipv4, ipv6, card, jwt, authorization, cloud_key, private_key, resident_number, phone and of patterns such as ' +
        "{pattern: 'token=(\\S+)', name: token}, and at least one",
    ],
    [
      '[{match: {pod: a}, exclude: [""]}]',
      'rules[0].exclude takes a list of texts such as ["GET /healthz"] and patterns such as {pattern: "GET /health[a-z]*"}, not ""',
    ],
    [
      '[{match: {pod: a}, include: []}]',
      'rules[0].include takes a list of texts such as ["GET /healthz"] and patterns such as {pattern: "GET /health[a-z]*"}, not a list',
    ],
    [
      "[{match: {pod: a}, include: [x, {pattern: 'a(b'}]}]",
      'rules[0].include[1]: pattern "a(b" cannot be used: missing closing ): "a(b"',
    ],
    [
      "[{match: {pod: a}, exclude: {pattern: '(?<!a)b'}}]",
      'rules[0].exclude[0]: pattern "(?<!a)b" cannot be used: invalid named capture: "(?<!a)b"; ' +
        'it takes the syntax of RE2, without look-around and references back',
    ],
    [
      '[{match: {pod: a}, exclude: {pattern: "(x{100}){10}"}}]',
      'rules[0].exclude[0]: pattern "(x{100}){10}" cannot be used: it takes 1022 steps, and 300 are the most; repeat less: {1000} counts a thousand times',
    ],
    [
      "[{match: {pod: a}, redact: [{pattern: 'a*'}]}]",
      'rules[0].redact[0]: pattern "a*" cannot be used: it matches the empty text',
    ],
    [
      '[{match: {pod: a}, redact: [{pattern: a, name: email}]}]',
      'rules[0].redact[0].name is email, which is the name of a preset; it takes another one',
    ],
    [
      '[{match: {pod: a}, redact: [{pattern: a, name: "a b"}]}]',
      'rules[0].redact[0].name takes small letters, digits and _, 16 at most, not "a b": it stands in documents as [redacted:<name>]',
    ],
    [
      '[{match: {pod: a}, redact: [{name: x}]}]',
      'rules[0].redact[0] takes a pattern such as "GET /health[a-z]*", not a map',
    ],
    ['[{match: {pod: a}, multiline: pyton}]', 'rules[0].multiline has no preset "pyton"; did you mean python?'],
    [
      "[{match: {pod: a}, multiline: {first_line: '['}}]",
      'rules[0].multiline.first_line: pattern "[" cannot be used: missing closing ]: "["',
    ],
    [
      '[{match: {pod: a}, multiline: {firstline: a}}]',
      'rules[0].multiline has no member firstline; did you mean first_line?',
    ],
    ['[{match: {pod: a}, exclude: {patern: a}}]', 'rules[0].exclude[0] has no member patern; did you mean pattern?'],
    [
      '[{match: {pod: a}, exclude: {pattern: []}}]',
      'rules[0].exclude[0] takes a pattern such as "GET /health[a-z]*", not a list',
    ],
    [`[{match: {pod: a}, exclude: [${'{pattern: a}, '.repeat(17)}]}]`, 'rules[0].exclude takes 16 patterns at most'],
    [
      '[{match: {pod: a}, rate: {burst: 5s}}]',
      'rules[0].rate takes a map such as {records: 100, bytes: 1MiB, burst: 10s}, not a map',
    ],
    [
      '[{match: {pod: a}, rate: {records: 0}}]',
      'rules[0].rate.records takes a whole number from 1 to 1000000, not "0"',
    ],
    ['[{match: {pod: a}, add: {}}]', 'rules[0].add takes a map such as {team: shop}, not a map'],
    [
      '[{match: {pod: a}, add: {Team.a: x}}]',
      'rules[0].add: "Team.a" can be no name; it may hold small letters, digits and _, 64 at most',
    ],
    ['[{match: {pod: a}, add: {team: [x]}}]', 'rules[0].add.team takes a text of 256 characters at most, not a list'],
    [
      '[{match: {pod: a}, multiline: on}]',
      'rules[0].multiline takes auto, off, java, dotnet, node, python, go, rust, ruby, php, erlang or a pattern of first lines ' +
        'such as {first_line: \'^\\d{4}-\'}, not "on"',
    ],
    ['[{match: {pod: a}, min_levle: info, drop: true}]', 'rules[0] has no member min_levle; did you mean min_level?'],
    [
      '[{match: {pod: a, node: b}, drop: true}]',
      'rules[0].match has no member node; it may hold namespace, pod, container, labels',
    ],
    [
      '[{match: {pod: [a]}, drop: true}]',
      'rules[0].match.pod takes a name, with * for any text and ! in front for all others, not a list',
    ],
    [
      '[{match: {pod: ""}, drop: true}]',
      'rules[0].match.pod takes a name, with * for any text and ! in front for all others, not ""',
    ],
    ['[{match: {labels: a}, drop: true}]', 'rules[0].match.labels takes a map such as {app: web}, not "a"'],
    [
      '[{match: {labels: {a: [b]}}, drop: true}]',
      'rules[0].match.labels.a takes a name, with * for any text and ! in front for all others, not a list',
    ],
  ])('%s is a mistake', (yaml, complaint) => expect(read(yaml).complaints).toEqual([complaint]));

  it.each([
    ['{namespace: Shop}', 'namespace "Shop"', 'a namespace holds only small letters, digits and -, no "S"'],
    ['{namespace: "dev|test"}', 'namespace "dev|test"', 'a namespace holds only small letters, digits and -, no "|"'],
    ['{namespace: "!*"}', 'namespace "!*"', 'nothing is left where every namespace is excepted'],
    ['{namespace: "!Shop"}', 'namespace "!Shop"', 'a namespace holds only small letters, digits and -, no "S"'],
    ['{pod: "web-[a-z]+"}', 'pod "web-[a-z]+"', 'a pod holds only small letters, digits, - and ., no "["'],
    ['{pod: shop/web-*}', 'pod "shop/web-*"', 'a pod holds only small letters, digits, - and ., no "/"'],
    ['{pod: web-}', 'pod "web-"', 'a pod begins and ends with a letter or a digit'],
    ['{container: "web.*"}', 'container "web.*"', 'a container holds only small letters, digits and -, no "."'],
    ['{container: "-*"}', 'container "-*"', 'a container begins and ends with a letter or a digit'],
    [`{container: ${'a'.repeat(64)}}`, `container "${'a'.repeat(64)}"`, 'a container has 63 characters at most'],
    ['{labels: {app: "a b"}}', 'labels.app "a b"', 'a label holds only letters, digits, -, _ and ., no " "'],
  ])('%s can match nothing, and that is a mistake', (match, what, why) => {
    expect(read(`[{match: ${match}, drop: true}]`).complaints).toEqual([
      `rules[0].match.${what} can match nothing: ${why}`,
    ]);
  });

  it.each([
    '{namespace: "*"}',
    '{namespace: "!kube-*"}',
    '{pod: "web.*"}',
    '{pod: "*-0"}',
    '{labels: {a.b/C_d: "V1.*_x"}}',
  ])('%s can', (match) => expect(read(`[{match: ${match}, drop: true}]`).complaints).toEqual([]));

  it('a label that can be none is a mistake', () => {
    expect(read('[{match: {labels: {"a b": x}}, drop: true}]').complaints).toEqual([
      'rules[0].match.labels: "a b" can be no label',
    ]);
  });

  it('to keep and to drop at once is a mistake', () => {
    expect(read('[{match: {pod: a}, keep: true, drop: true}]').complaints).toEqual([
      'rules[0] has keep and drop; what it keeps alone is read, so drop needs a rule of its own',
    ]);
  });

  it.each([
    ['nothing is kept: all are read', '[{match: {namespace: dev}, drop: true}]', {}],
    ['it is what is kept', '[{match: {namespace: shop}, keep: true, sample: 2}]', { sample: 2 }],
    ['it is one of what is kept', '[{match: {pod: x}, keep: true}, {match: {container: web}, keep: true}]', {}],
    ['others are kept', '[{match: {namespace: dev}, keep: true, sample: 2}]', { drop: true }],
    [
      'others are kept, whatever else asks for it',
      '[{match: {pod: x}, keep: true}, {match: {pod: web*}, drop: false}]',
      { drop: true },
    ],
    [
      'it is kept and dropped',
      '[{match: {namespace: shop}, keep: true}, {match: {pod: web*}, drop: true}]',
      { drop: true },
    ],
    ['it is not one of those that are not', '[{match: {namespace: "!kube-*"}, keep: true}]', {}],
    ['it is one of those that are not', '[{match: {namespace: "!shop"}, keep: true}]', { drop: true }],
    [
      'all are dropped but those',
      '[{match: {namespace: "*"}, drop: true}, {match: {labels: {app: w*}}, drop: false}]',
      { drop: false },
    ],
    ['by a label that is another one', '[{match: {labels: {app: "!web"}}, keep: true}]', { drop: true }],
    ['by a label that is not there', '[{match: {labels: {tier: "!web"}}, keep: true}]', {}],
  ])('of a container of which %s', (_, yaml, asked) => {
    const { value, complaints } = read(yaml);
    expect({ complaints, asked: resolveRules(value!, shop) }).toEqual({ complaints: [], asked });
  });

  it('in doubt a log is read: as long as the pod is not known, a label may be what is kept, and is not what is dropped', () => {
    const unknown = { ...shop, labels: undefined };
    const asked = (yaml: string, subject: typeof unknown) => resolveRules(read(yaml).value!, subject);
    expect(asked('[{match: {labels: {app: other}}, keep: true}]', unknown)).toEqual({});
    expect(asked('[{match: {namespace: dev, labels: {app: other}}, keep: true}]', unknown)).toEqual({ drop: true });
    expect(asked('[{match: {labels: {app: "!other"}}, drop: true}]', unknown)).toEqual({});
    const nameless = { ...unknown, namespace: '', pod: '' };
    expect(asked('[{match: {namespace: dev}, keep: true}]', nameless)).toEqual({});
    expect(asked('[{match: {namespace: "!dev"}, drop: true}]', nameless)).toEqual({});
  });

  it('match when all that is given does', () => {
    const none = new Map<string, string>();
    expect(matches({ namespace: 'shop', pod: 'web-*', labels: new Map([['app', 'w*']]) }, shop, false)).toBe(true);
    expect(matches({ namespace: 'other', pod: 'web-*', labels: none }, shop, false)).toBe(false);
    expect(matches({ container: 'app', labels: none }, shop, false)).toBe(false);
    expect(matches({ labels: new Map([['tier', '*']]) }, shop, false)).toBe(false);
  });

  it('are read from first to last, the later over the earlier', () => {
    const { value } = read(`[
      {match: {namespace: "*"}, sample: 10, min_level: info},
      {match: {namespace: shop}, sample: 1},
      {match: {namespace: other}, drop: true}]`);
    expect(resolveRules(value!, shop)).toEqual({ sample: 1, minLevel: 'info' });
    expect(resolveRules([], shop)).toEqual({});
  });
});
