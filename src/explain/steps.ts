/**
 * What happened to one record, step by step, and why: made of what the record stage told (record/join/watch.ts), of the document, and
 * of the functions that decided, asked again with less.
 */
import type { Rule } from '../config/config.ts';
import { stepsOfContent } from './content.ts';
import { documentLines, shortened, type Step } from './layout.ts';
import { by, outcome, quoted, stepsOfRules, subjectOf, type Question } from './rules.ts';
import type { Seen } from '../record/join/watch.ts';
import {
  BEAM,
  BLOCK,
  familyOf,
  FRAMED,
  FURTHER,
  GO,
  LOGGER,
  NATIVE,
  NODE,
  PYTHON,
  PYTHON_TOO,
  SCRIPT,
} from '../record/join/traces/kinds.ts';
import { amount } from '../util/human.ts';
import { asObject } from '../util/json.ts';
import type { FormatName } from '../util/line-formats.ts';

const FORMAT: Readonly<Record<FormatName, string>> = {
  cri: 'CRI, as containerd and CRI-O write it: time, stream, a tag, the content',
  dockerJson: "Docker's json-file: an object with log, stream and time",
  raw: 'none that a container runtime writes: all of the line is content (podferry.unparsed)',
};
const STREAMS = ['stdout', 'stderr', 'no stream'];

/** The lines of a record that were joined belong together as … (the families of record/join/traces/kinds.ts). */
const JOINED = new Map([
  [LOGGER, "a logger's line and the exception that it tells of"],
  [FRAMED, 'a stack trace whose frames begin with "at": Java, .NET, Node and others'],
  [PYTHON, 'a traceback of Python'],
  [PYTHON_TOO, 'a warning of Python with its source line'],
  [GO, 'a panic, a stack or a race report of Go'],
  [NODE, 'an uncaught exception of Node'],
  [NATIVE, 'a panic of Rust, or a report of C++'],
  [SCRIPT, 'an error of Ruby, PHP, Dart or Perl with its frames'],
  [BEAM, 'an error or a report of Elixir, Erlang or Clojure'],
  [BLOCK, 'a block with an end of its own: JSON over several lines, a value of klog, a table'],
]);

/**
 * All that can be told of a record. `format`: of the line that was asked for, if it was looked at. `kept`: of a record that is dropped,
 * the document that would be sent if nothing dropped it.
 */
export function steps(
  seen: Seen,
  question: Question,
  format: FormatName | undefined,
  kept: Buffer | undefined = seen.document,
): Step[] {
  const { start, stream, time, id, document, content, size } = seen;
  const json = kept && asObject(JSON.parse(kept.toString()));
  const members = json === undefined ? [] : stepsOfContent(seen, json);
  return [
    { name: 'record', texts: [`${question.log.path} at byte ${start}, ${STREAMS[stream]}`] },
    { name: 'format', texts: format === undefined ? [] : [FORMAT[format]] },
    { name: 'time', texts: [timeText(time, stream)] },
    stepOfJoining(seen, question),
    {
      name: 'content',
      texts: [
        `${amount(content.length, 'byte')}${size > 0 ? ` of ${size}: the rest is cut (records.max_bytes, podferry.truncated)` : ''}`,
        String(shortened('', (seen.shown ?? content).toString())),
      ],
    },
    ...stepsOfRules(seen, question),
    ...members,
    { name: 'outcome', texts: outcome(seen) },
    ...(document === undefined
      ? []
      : [
          { name: 'id', texts: [question.config.elasticsearch.id === 'auto' ? 'made by Elasticsearch' : id] },
          {
            name: 'document',
            texts: [
              `${amount(document.length, 'byte')}, on one line when it is sent`,
              ...documentLines(document.toString()),
            ],
          },
        ]),
  ];
}

function timeText(time: string, stream: number): string {
  if (stream === 2) return `${time}, that of the line before: the line has none`;
  return `${time}, which the runtime wrote in front of the line`;
}

function stepOfJoining({ isGathered, lines, kind, meta }: Seen, { config, log, labels }: Question): Step {
  const { multiline, firstLine, traces } = meta.overrides;
  const why = (member: keyof Rule): string => by(config.rules, subjectOf(log, labels), member);
  const name = 'lines';
  if (lines > 1 && kind === FURTHER)
    return {
      name,
      texts: [`${lines} joined: only the first one matches first_line ${quoted(firstLine)}${why('firstLine')}`],
    };
  if (lines > 1) return { name, texts: [`${lines} joined: ${JOINED.get(familyOf(kind)) ?? 'a stack trace'}`] };
  const alone = isGathered && lines === 0 ? 'one, put together from partial lines' : 'one';
  if (!multiline) return { name, texts: [`${alone}; none are joined: multiline is off${why('multiline')}`] };
  const looked =
    firstLine === undefined
      ? `what belongs to a stack trace${traces === undefined ? '' : ` of ${traces}`}`
      : `what first_line ${quoted(firstLine)} does not match`;
  return {
    name,
    texts: [`${alone}; the lines around it are not joined with it: that is for ${looked}, a second apart at most`],
  };
}
