/** What no output can tell alone: whether rules name outputs that there are, and whether two of them share what they cannot. */
import { quote, type Given } from '../util/given.ts';
import { nearest } from '../util/nearest.ts';
import { DEFAULT_OUTPUT, isOutputName } from '../util/output-name.ts';
import type { SettingsLook } from '../util/setting.ts';
import type { GivenOutputs, OutputSettings } from './outputs.ts';
import type { Values } from './table.ts';

/**
 * @param outputs those that the command has to do with
 * @param named what is given of all of them
 * @param rules as they were given
 */
export function checkOutputs(
  outputs: readonly OutputSettings[],
  named: GivenOutputs,
  { at, complain, purpose, values, warn, wrong }: SettingsLook<Values>,
  rules: Given,
): void {
  if (purpose === 'setup' && !wrong.has('sink') && values.sink !== 'elasticsearch' && outputs.length === 0)
    complain(at('sink'), `sink is ${values.sink}, which needs no set-up; it takes --set sink=elasticsearch`);
  const names = [...named.keys()];
  const used = namedInRules(rules, ({ at: place, value }, i) => {
    if (value === DEFAULT_OUTPUT || names.includes(value)) return;
    const near = nearest(value, [DEFAULT_OUTPUT, ...names]);
    const hint = near === undefined ? `outputs has ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
    complain(place, `rules[${i}].output: there is no output ${quote({ at: place, value })}; ${hint}`);
  });
  const isForAgent = purpose === 'run' || purpose === 'check';
  for (const name of names)
    if (isForAgent && !used.has(name)) warn(`outputs.${name} gets no logs: no rule has output: ${name}`);
  const dirs = new Map<string, string>();
  if (values.sink === 'file' && !wrong.has('file.dir')) dirs.set(values['file.dir'], 'file.dir');
  for (const { name, values: own } of outputs) {
    const dir = own['file.dir'];
    if (own.sink !== 'file' || !dir) continue;
    const other = dirs.get(dir);
    if (other === undefined) dirs.set(dir, `outputs.${name}.file.dir`);
    else
      complain(
        named.get(name)?.get('file.dir')?.at ?? at('file.dir'),
        `outputs.${name}.file.dir ${dir} is ${other} too; each needs a directory of its own`,
      );
  }
}

/** The names that rules have as output; tells of each. */
function namedInRules(
  { value }: Given,
  tell: (given: { at: string; value: string }, rule: number) => void,
): Set<string> {
  const named = new Set<string>();
  for (const [i, rule] of (Array.isArray(value) ? value : []).entries()) {
    const output = rule.value instanceof Map ? rule.value.get('output') : undefined;
    if (typeof output?.value !== 'string' || !isOutputName(output.value)) continue;
    named.add(output.value);
    tell({ at: output.at, value: output.value }, i);
  }
  return named;
}
