import type { Mode } from '../core/signals.ts';
import { silenceLeft } from '../core/reactor/silences/silences.ts';
import type { Parts } from './parts.ts';
import type { Intents } from './types.ts';
import { createWorks } from './workspaces/works.ts';

/** The operator's door: a keypress and a program come in here alike. */
export function createIntents(parts: Parts): Intents {
  const { loop, arming, acting, settings, notice } = parts;
  let silences = 0;
  const nextSilenceId = (): string => {
    silences += 1;
    return `${settings.instance}-s${silences}`;
  };
  const setMode = async (mode: Mode, reason: string | null = null): Promise<string | null> => {
    const refused = await arming.setMode(mode, reason);
    if (refused !== null) notice({ type: 'refused', action: 'mode', target: mode, reason: refused });
    return refused;
  };
  return {
    setMode,
    checkpoint: (workspace, request = {}) => {
      // A checkpointer that was gone may be back: a manual checkpoint is a reason to ask.
      void acting.probe(workspace);
      const { conversationId = null, agent = null, reason = null, rollbackTo = null } = request;
      loop.dispatch({ type: 'checkpoint', workspace, request: { conversationId, agent, reason, rollbackTo } });
    },
    silence: ({ matcher, durationMs, reason }) => {
      const id = nextSilenceId();
      const createdAt = loop.now().at;
      const silence = {
        id,
        matcher,
        createdAt,
        endsAt: createdAt + durationMs,
        createdBy: 'operator',
        reason,
        heldBack: 0,
      };
      loop.dispatch({ type: 'silence', silence });
      return id;
    },
    extendSilence: (id, endsAt) => {
      const now = loop.now();
      const known = loop.state().silences.find((silence) => silence.id === id);
      const byMs = endsAt - now.at - (known ? silenceLeft(now, known) : 0);
      loop.dispatch({ type: 'extend_silence', id, byMs });
    },
    lengthenSilence: (id, byMs) => loop.dispatch({ type: 'extend_silence', id, byMs }),
    unsilence: (id) => loop.dispatch({ type: 'unsilence', id }),
    veto: (workspace, reason = null, heldSince = null) => loop.dispatch({ type: 'veto', workspace, reason, heldSince }),
    fire: (workspace, reason = null, heldSince = null) => loop.dispatch({ type: 'fire', workspace, reason, heldSince }),
    takeOver: (workspace) => arming.takeOver(workspace),
    setPolicy: (target, action) => loop.dispatch({ type: 'policy', target, action }),
    reload: ({ debounceMs, timeoutMs, graceMs, trailing, policy, guard }, from, changes) => {
      const rules = { debounceMs, timeoutMs, graceMs, trailing, policy, guard };
      loop.dispatch({ type: 'rules', rules, from, changes });
    },
    ...createWorks(parts),
  };
}
