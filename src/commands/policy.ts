import type { CommandValues, Flags } from '../config/options.ts';
import type { PolicyTarget } from '../core/actions.ts';
import { SEVERITIES, type Severity } from '../core/interruptions.ts';
import type { PolicyAction } from '../core/rules.ts';
import { print, printJson } from '../effects/terminal/output.ts';
import { wordOrigin } from '../wording/moments.ts';
import { printAnswer, printNoTarget, refused } from './acting/answer.ts';
import { findEngineAlone } from './acting/target.ts';
import { EXIT } from './exit-codes.ts';
import { isoTime } from './iso-time.ts';
import { tableWidth } from './table-width.ts';
import { textTable } from './text-table.ts';

type Given<Name extends 'policy list' | 'policy set'> = {
  readonly values: CommandValues<Name>;
  readonly flags: Flags;
};

/** Prints the policy of an engine, rule by rule; resolves to the exit code. Throws ConfigError. */
export async function listPolicy({ values, flags }: Given<'policy list'>): Promise<number> {
  const { json, engine: pid } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command: 'policy list' });
  const { at, host, policy, sources } = found.value.engine.store.getState();
  found.value.engine.close();
  if (json) {
    const rules = policy.map(({ scope, name, action, from }) => ({ scope, name, action, from }));
    printJson({ schema: 'sightline.policy/1', at: isoTime(at), host, rules });
    return EXIT.done;
  }
  const media = sources.map(({ health }) => health.medium);
  const rows = policy.map(({ scope, name, action, from }) => {
    const origin = scope === 'type' ? wordOrigin(name, media) : '';
    return [scope, name, action ?? 'as its types', origin === '' ? from : `${from} (${origin})`];
  });
  print(textTable(COLUMNS, rows, tableWidth()).join('\n'));
  return EXIT.done;
}

const COLUMNS = [{ title: 'SCOPE' }, { title: 'NAME' }, { title: 'ACTION' }, { title: 'FROM' }] as const;

/** Sets what an engine does about a type or a severity, while it runs; resolves to the exit code. Throws ConfigError. */
export async function setPolicy({
  values,
  flags,
  name,
  action,
}: Given<'policy set'> & { readonly name: string; readonly action: PolicyAction | null }): Promise<number> {
  const { json, engine: pid } = values;
  const found = await findEngineAlone({ flags, workspace: '', engine: pid });
  if (!found.ok) return printNoTarget(found.reason, { json, command: 'policy set' });
  const { engine } = found.value;
  const result = await engine.dispatch({ type: 'policy', target: targetOf(name), action });
  engine.close();
  const words = action ?? 'as configured';
  return printAnswer(
    result.ok
      ? { ok: true, outcome: 'set', lines: [`${name}: ${words}`], reason: null, code: null, facts: { name, action } }
      : refused(result),
    { json, command: 'policy set', engine: engine.store.getState().attachment?.engine ?? null },
  );
}

function targetOf(name: string): PolicyTarget {
  const severity = SEVERITIES.find((one): one is Severity => one === name);
  return severity === undefined ? { scope: 'type', name } : { scope: 'severity', name: severity };
}
