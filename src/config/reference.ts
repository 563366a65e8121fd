/** The text of docs/configuration.md, made from the table. scripts/docs-config.mjs writes it; a test compares the two. */
import { KEYS, shownDefault, TABLE, type Key } from './table.ts';

const INTRODUCTION = `# Settings

<!-- Made from src/config/table.ts by \`node scripts/docs-config.mjs\`. Edit the table, not this file. -->

A setting is given in one of three places. The first of these that gives it wins:

1. on the command line: \`--set batch.max_age=2s\`, as often as needed;
2. in the environment: \`PODFERRY_BATCH_MAX_AGE=2s\`, the name in capitals with \`_\` for \`.\`;
3. in the YAML file named by \`-c FILE\`, else \`/etc/podferry/podferry.yaml\` if it is there:

   \`\`\`yaml
   batch:
     max_age: 2s
   elasticsearch:
     nodes: ["https://\${ES_HOST}:9200"]
     api_key_file: /etc/podferry/secrets/api_key
   \`\`\`

In the file, \`\${VAR}\` is filled in from the environment (a variable that is not set is a mistake) and \`$$\` is a plain \`$\`.
A key without a value counts as not given. Lists may be written with commas on the command line and in the environment
(\`a,b\`), or as YAML (\`[a, b]\`).

Sizes are \`1048576\`, \`512KiB\`, \`4MiB\`, \`1GiB\`, or in powers of ten \`4MB\`; durations \`500ms\`, \`5s\`, \`1m30s\`, \`1h\`.

All mistakes are reported at once, one sentence each, with the place and the nearest name. \`podferry check -c FILE\` tries a
file without starting anything.
`;

const RULES = `
## Rules

\`\`\`yaml
rules:
  - match: {namespace: dev-*}                # everything of these namespaces
    min_level: info                          # no debug lines
  - match: {pod: loadtest-*, container: app}
    sample: 100                              # one record in a hundred; warnings and errors are always kept
  - match: {labels: {app.kubernetes.io/name: noisy}}
    drop: true                               # its files are never opened
  - match: {namespace: "*"}
    redact: [email, card, {pattern: 'pin=(\\d+)', name: pin}]     # becomes [redacted:email], …, pin=[redacted:pin]
    exclude: ["GET /healthz", {pattern: 'GET /(live|ready)z '}]   # no records with this text, or that match
    add: {team: shop}                        # labels.team of every document
    rate: {records: 1000, bytes: 1MiB}       # a second, on average of ten
\`\`\`

\`\`\`yaml
rules:                                       # only these, and of one namespace no sidecars
  - match: {namespace: shop-*}
    keep: true
  - match: {namespace: payments, container: "!istio-proxy"}
    keep: true
\`\`\`

\`match\` needs at least one of \`namespace\`, \`pod\`, \`container\`, \`labels\`. All that are given must match. \`*\` stands for any
text, and \`!\` in front for all other names; a label that a pod does not have is another one. A pattern that no name can match
(\`Shop\`, \`web-[0-9]\`) is refused at start. What a rule may ask for: \`drop\`: true or false; \`keep: true\`; \`min_level\`: trace, debug,
info, warn, error or fatal; \`sample\`: keep one record in so many; \`multiline\`: auto, off, a preset or the pattern of first lines; \`structured\`: auto or off; \`parse\`:
auto, off, or the only software whose text is taken apart; \`output\`: the name of an output; \`dataset\` and \`namespace\` of the data stream; \`redact\`: a list of presets and patterns; \`include\` and \`exclude\`: lists of texts and patterns; \`rate\`: a map of \`records\`
(a second), \`bytes\` (a second) and \`burst\` (a duration, 10s); \`add\`: a map of names and texts. Rules are read from first to last; a
later one overrides an earlier one. Only \`redact\` and \`add\` add up.

\`exclude\` drops records that have one of its texts in them or match one of its patterns, \`include\` those of which none of its own can
say that: 64 texts and 16 patterns each at most. A text is compared byte for byte with the whole record as the container wrote it, without what was redacted. A stack trace is one record. What is
dropped is counted (\`podferry_dropped_records_total\`), and is no loss.

A pattern is a map, \`{pattern: '…'}\`, in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax): as in Perl, but without look-around and
references back, since time must be linear in the content. It may match anywhere; \`^\` and \`$\` are the ends of the record, and with
\`(?m)\` those of its lines; \`(?i)\` takes any case. Write it in single quotes: YAML leaves its backslashes alone then. A pattern has 1,000
characters and 300 steps at most: each character that it asks for is a step, and \`{100}\` counts a hundred times. It costs some 20 ns a byte of
the records of its containers; one whose states are without number, such as \`[ab]*a[ab]{200}\`, up to seconds for a record of 1 MiB.
Memory: 1 MiB of states each at most, and 7 MB for the library once there is a pattern.

\`multiline: auto\` joins the stack traces of all languages. The presets java, dotnet, node, python, go, rust, ruby, php and erlang join only
those of one (java, dotnet and node print the same frames, and so do ruby and php in part: these are joined together).
\`multiline: {first_line: '^\\d{4}-\\d\\d-\\d\\d '}\` is for records of several lines that are no traces: a line that the pattern does not match goes on
with the record before it in its stream, if it comes within a second of the line before by the times in the lines. Traces are not looked for
then, but what is joined and holds one has its level and its \`error\` members. The bounds are those of a trace (docs/design.md). The newest
record of a stream waits for three seconds, since another line may go on with it.

\`rate\` drops what a container writes beyond it: in each stretch of \`burst\`, 60s at most, as many records and bytes of content
are kept as the rate gives it. It goes by the times in the lines, so a backlog that is read fast is no burst. A stack trace is
never dropped. What is over is counted, and one document a minute tells how much it was (\`event.reason: rate\`). After a
restart of the agent the stretch begins anew; \`podferry verify\` may then call records of that stretch missing.

\`podferry check\` lists the containers whose logs are on the node, with the numbers of the rules that match each, and their output.

\`add\` puts constant texts into every document, under \`labels\`: 16 names of a rule at most, of small letters, digits and \`_\`.

\`redact\` takes secrets out of the content of records before anything else is made of it. Each that is found is replaced by
\`[redacted:<preset>]\`, in the message and in \`json\`, also where JSON or a URL spells characters with escapes (\`\\u0040\`, \`%40\`) and
where colours of a terminal lie between.

| preset | finds |
|---|---|
| \`email\` | e-mail addresses of ASCII characters, at a domain with a dot |
| \`ipv4\`, \`ipv6\` | addresses, but for loopback and the unspecified one |
| \`card\` | card numbers: 13 to 19 digits of a card network with a right check digit, in one piece or in groups |
| \`jwt\` | JSON web tokens |
| \`authorization\` | what follows \`Bearer\` and \`Basic\`: behind \`Authorization\` always, elsewhere if it is no word |
| \`cloud_key\` | keys of AWS, Google and Azure; tokens of GitHub, GitLab, Slack, Stripe and npm |
| \`private_key\` | blocks of private keys (PEM, OpenSSH, PGP), also line by line |
| \`resident_number\` | Korean resident numbers: with their dash by the date; 13 digits by date and check digit |
| \`phone\` | phone numbers that begin with \`+\`, Korean ones, North American ones with dashes, dots or parentheses |

Patterns of your own stand beside the presets: \`{pattern: 'token=(\\S+)', name: token}\`, 16 of a rule at most. Of each match the first group
is replaced, or all of it where there is no group, by \`[redacted:<name>]\`, or \`[redacted:pattern]\` without a name. They are looked for in
the content as it is, and once more without its escapes and colours, where the presets look, too. A pattern that can match the empty text is refused.
In a JSON line let the group be what stands between the quotes, or the number: then it stays JSON. Where so many short matches are
replaced that the record would not fit a document, all of it is. Presets and patterns of all rules that match add up.

A rule with labels redacts also while the pod is not known. If a record was cut (\`records.max_bytes\`, \`limits.open_bytes\`, output
without its end), its last word is replaced by \`[redacted:cut]\` where a secret may have begun in it. Of a private key that is printed
line by line the lines of the same stream are redacted from BEGIN to END, and lines between that are no part of it stay. Without its END
that is over after 400 records, 1 MiB of further log, ten seconds without a line, a gap, or the end of the container. What \`redact\`
does not see: labels and annotations, a secret that is cut over two records of another kind, and one in another encoding (base64, hex).

What holds for a container: the settings under \`records\`, over them the rules that match, over them the \`podferry.io/…\`
annotations of its pod (docs/kubernetes.md), as far as \`kubernetes.pod_overrides\` and \`kubernetes.pod_override_namespaces\`
let the pod ask for them. What rules drop stays dropped, whatever the pod says. As soon as one rule says \`keep\`, only logs are read
that such a rule matches, and no other rule drops. A rule with \`labels\` matches only once the pod is known; until then a \`keep\`
counts as met, since in doubt a log is read. A log whose pod is not known yet waits for it up to \`kubernetes.wait\`. In a replay
labels come from \`--pods\`, and the summary counts the container logs that were left out.

## Outputs

\`\`\`yaml
elasticsearch:                               # of the output called default, and of others as far as they say nothing else
  nodes: ["https://logs.example.com:9200"]
  api_key_file: /etc/podferry/secrets/api_key
  compression: gzip
outputs:
  audit:                                     # another cluster
    sink: elasticsearch
    elasticsearch:
      nodes: ["https://audit.example.com:9200"]
      api_key_file: /etc/podferry/secrets/audit_key
      dataset: audit
  on-disk:
    sink: file
    file: {dir: /var/lib/podferry/documents}
rules:
  - match: {namespace: payments-*}
    output: audit                            # the logs that match go there, and nowhere else
\`\`\`

\`outputs\` gives further sinks a name: small letters, digits and \`-\`, eight at most. \`default\` is the one that \`sink\` makes. An output
has \`sink\` and the settings of that sink, in the file or as \`--set outputs.audit.sink=stdout\`, not by the environment (in the file
\`\${VAR}\` is filled in). What it does not give counts as it stands at the top, with one exception: \`nodes\`, \`cloud_id\`, \`api_key\`, \`username\`,
\`password\` and their files belong together, as do \`cert_file\` and \`key_file\`. An output that gives one of them inherits none of the
others, so that no server gets the credentials of another. \`elasticsearch.pod_datasets\` is one for all.

Each output has its own readers, batches, \`batch.in_flight\` requests, \`limits.open_bytes\` and dead letters. One that takes nothing holds up
the logs that go to it, and no others. Their files stay open meanwhile, within \`limits.pinned_bytes\` and \`limits.pinned_age\`,
which are for all outputs together. Memory grows with every output; the sum is printed at start.

A container log goes to one output. Which one is decided when it is first read, by the rules and by the labels of its pod as they are
then, and stays until the log is gone or podferry starts again: no record is torn in two. So a label that is changed later has no
effect before, and a log that is read before its pod is known (after \`kubernetes.wait\`) goes where the rules without
\`labels\` send it. **What must never reach another output should be matched by namespace.** Positions are kept by file, whatever the
output: if a rule is changed, each of its logs goes on at the other output where it stood at the first one.

Rejected documents of \`audit\` lie in \`state.dir/outputs/audit/rejected.ndjson\`; \`podferry replay --dead-letter\` sends those of every output
where they belong. Metrics have the label \`output\`. \`/readyz\` names the output that takes nothing yet, \`podferry check\` asks each, \`setup\` does
each that is Elasticsearch (Kibana for the first), and \`verify\` asks for each log where it went. A replay goes by the rules too, unless it prints:
without \`sink\` everything is printed.

## Data streams by pod

\`\`\`yaml
elasticsearch:
  dataset: "k8s.{label:team|shared}"         # k8s.payments for pods with the label team: payments, k8s.shared for those without
  namespace: "{kubernetes.namespace}"
  pod_datasets: [audit, "own.*"]             # what pods may choose by the annotation podferry.io/dataset
rules:
  - match: {namespace: payments}
    dataset: payments                        # goes before elasticsearch.dataset; may be filled in from the pod too
\`\`\`

\`elasticsearch.dataset\` and \`elasticsearch.namespace\`, here and in rules, may hold \`{kubernetes.namespace}\`,
\`{kubernetes.container.name}\` and \`{label:NAME}\`, each perhaps with \`|FALLBACK\` before the \`}\`; write them in quotes. The
fallback is for pods that do not have the label, or have it empty, and for lines that are read before their pod is known; without one it
is \`other\`. A value is put into lower case, whatever is no letter, digit, \`.\` or \`_\` becomes \`_\` (so \`shop-eu\` becomes
\`shop_eu\`: a \`-\` divides the parts of the name), and it is cut so that a part has 100 bytes at most. A dataset that an annotation
names is taken as it is, or not at all.

The data stream that has the fallback everywhere is the one of the agent. An agent uses at most 100 other data streams that pods had
a say in, new ones within a day, since each costs the cluster shards; documents of further logs go to that of the agent.
\`podferry_refused_data_streams_total\` counts these logs. What rules and settings name in full is not counted. If the labels of a pod
change, its lines go to the other data stream from then on.

Whoever may label pods chooses among the values of a label: where data streams divide tenants, use \`{kubernetes.namespace}\`.
\`podferry setup\`, \`check\` and \`verify\` cover all data streams that these settings can name (docs/elasticsearch.md).
`;

/** The whole text. */
export function configMarkdown(): string {
  const sections = new Map<string, Key[]>();
  for (const key of KEYS) {
    const section = key.includes('.') ? key.slice(0, key.indexOf('.')) : 'General';
    sections.set(section, [...(sections.get(section) ?? []), key]);
  }
  return INTRODUCTION + [...sections].map(([section, keys]) => table(section, keys)).join('') + RULES;
}

function table(section: string, keys: readonly Key[]): string {
  const rows = keys.map((key) => {
    const { kind, help } = TABLE[key];
    return `| \`${key}\` | ${cell(kind)} | ${cell(shownDefault(key))} | ${cell(help)} |\n`;
  });
  return `\n## ${section}\n\n| Setting | Takes | Default | What it does |\n|---|---|---|---|\n${rows.join('')}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '\\<').replaceAll('*', '\\*');
}
