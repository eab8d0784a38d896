import { cancel, type Draft, notice, patchWorkspace } from '../draft.ts';
import { recheckAll } from '../intents.ts';
import type { Input } from '../messages.ts';
import { advance } from '../acting/waiting.ts';
import { layered } from './policy.ts';

/**
 * Goes on by other rules. What was changed for the session stands over the new policy as over the old one; what waits and
 * may not act any more is settled at once. A window is as long as the new debounce, from where it began; a countdown and
 * a running checkpoint end as announced.
 */
export function setRules(draft: Draft, { rules, from, changes }: Input & { type: 'rules' }): void {
  const { settings, session } = draft.state;
  const longer = rules.debounceMs - settings.debounceMs;
  draft.state = {
    ...draft.state,
    settings: { ...settings, ...rules },
    policy: layered({ config: rules.policy, session }),
  };
  notice(draft, { type: 'operator', action: 'reload', target: from, reason: changes });
  recheckAll(draft, ['ignored', 'flagged']);
  for (const [name, { windowEndsMono }] of draft.state.workspaces) {
    if (windowEndsMono === null || windowEndsMono <= draft.mono) continue;
    cancel(draft, `window:${name}`);
    patchWorkspace(draft, name, { windowEndsMono: windowEndsMono + longer });
    advance(draft, name);
  }
}
