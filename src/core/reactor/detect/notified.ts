import { interruptionType } from '../../interruptions.ts';
import type { Signal } from '../../signals.ts';
import { msToNs } from '../../units.ts';
import { type Draft } from '../draft.ts';
import { episodeAt, openEpisode } from './storms/episodes.ts';
import { stormSignalId, workspaceFor } from '../signals.ts';
import type { Input } from '../messages.ts';

/**
 * The public door, `notifyInterruption(type, conversation)`: a critical signal from a program that embeds the core. A storm or
 * a loop that the conversation is in already keeps its signal.
 */
export function notified(draft: Draft, input: Input & { type: 'notify' }): Signal {
  const atNs = msToNs(draft.at);
  const conversation = input.conversationId;
  const episodic = conversation !== null && interruptionType(input.signal)?.episodic === true;
  const known = episodic ? episodeAt(draft.state.detect.episodes, input.signal, conversation, atNs) : null;
  const signalId = known?.signalId ?? stormSignalId(input.signal, conversation ?? '', atNs);
  if (episodic && !known) {
    const facts = { agent: input.agent, pid: input.pid, startNs: atNs, endNs: null, signalId, interruptionId: null };
    const episode = { type: input.signal, conversationId: conversation, ...facts };
    const episodes = openEpisode(draft.state.detect.episodes, episode);
    draft.state = { ...draft.state, detect: { ...draft.state.detect, episodes } };
  }
  return {
    signalId,
    signal: input.signal,
    origin: 'api',
    severity: 'critical',
    agent: input.agent,
    processName: input.processName,
    pid: input.pid,
    conversationId: conversation,
    callId: null,
    interruptionId: null,
    workspace: workspaceFor(draft.state.settings.workspaces, input.agent, input.processName),
    at: draft.at,
    historical: false,
    downgraded: null,
    cause: 'notified through the API',
  };
}
