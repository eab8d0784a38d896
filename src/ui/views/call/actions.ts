import { contextUseOf, isAskingPerson } from '../../../core/model/meters/trouble.ts';
import { wordNoContent } from '../../../wording/records.ts';
import type { EngineView, ScreenQueries } from '../../../engine/types.ts';
import type { Call } from '../../../core/calls.ts';
import type { SessionFacts } from '../../../core/sessions.ts';
import type { Signal } from '../../../core/signals.ts';
import type { Story } from '../../../core/story.ts';
import type { SourceUri } from '../../../core/sources.ts';
import type { ConversationView } from '../../../core/model/types.ts';
import { signalOfCall } from '../../ladder/open-signals.ts';
import { callSummary } from '../calls/rows.ts';
import type { CallAbout } from './state.ts';
import { selectCall } from './view.ts';
import type { ViewAction } from '../../app/state.ts';
import type { ViewState } from '../../app/state.ts';

/** Dependencies for showing calls. */
export type CallDeps = {
  readonly queries: Pick<ScreenQueries, 'content' | 'callOf'>;
  readonly dispatch: (action: ViewAction) => void;
  readonly view: () => ViewState;
  /** The sources that reported a call; empty if there is only one source. */
  readonly sources: (call: Call) => readonly SourceUri[];
  readonly conversations: () => readonly ConversationView[];
  readonly about: (call: Call) => CallAbout;
};

/** Returns what is known around a call: of its conversation, and of the calls before it. */
export function aboutCall(view: EngineView, calls: readonly Call[], call: Call, story: Story | null): CallAbout {
  const conversation = view.model.conversations.find(({ conversationId }) => conversationId === call.conversationId);
  const index = calls.findIndex(({ callId, startNs }) => callId === call.callId && startNs === call.startNs);
  const isOk = (one: Call): boolean => callSummary(one).sign !== 'failed';
  const lastOk = calls.slice(0, index + 1).findLastIndex(isOk);
  return {
    asked: conversation?.session?.title ?? conversation?.userQuery ?? call.userQuery,
    context: contextUseOf(conversation ?? {}),
    contextShare: view.trouble.contextShare,
    failures: index === -1 ? 0 : index - lastOk,
    signal: signalOfCall(view, call)?.signal.type ?? null,
    files: story?.files ?? [],
    openTool: index === calls.length - 1 ? openToolOf(conversation?.session ?? null) : null,
    cwd: conversation?.session?.cwd ?? null,
  };
}

function openToolOf(session: SessionFacts | null): CallAbout['openTool'] {
  if (session?.open?.type !== 'tool' || session.state === 'ended' || session.state === 'died') return null;
  const { name, since } = session.open;
  return { name, since, isWaiting: isAskingPerson(session) };
}

/** Shows a call, and its content as soon as the source has answered. */
export async function showCall(call: Call, { queries, sources, about, dispatch }: CallDeps): Promise<void> {
  dispatch({ type: 'detail', change: { type: 'open', call, sources: sources(call), about: about(call) } });
  const content = await queries.content(call).then(
    (answer) =>
      answer.ok
        ? ({ type: 'ready', content: answer.value } as const)
        : ({ type: 'failed', reason: wordNoContent(answer.reason) } as const),
    (error: unknown) => ({ type: 'failed', reason: String(error) }) as const,
  );
  dispatch({ type: 'detail', change: { type: 'content', call, content } });
}

/** Goes to the call that a signal is about: in the calls of its conversation, else to the call alone. */
export function showCause(signal: Signal, deps: CallDeps): void {
  const found = deps.queries.callOf(signal);
  if (found instanceof Promise) void found.then((call) => goTo(call, signal, deps));
  else goTo(found, signal, deps);
}

function goTo(call: Call | null, signal: Signal, deps: CallDeps): void {
  if (call !== null && call.conversationId === null) return void showCall(call, deps);
  const conversationId = call?.conversationId ?? signal.conversationId;
  const isHeld = deps.conversations().some((one) => one.conversationId === conversationId);
  if (conversationId !== null && isHeld) showConversation(conversationId, deps);
  if (call !== null && isHeld) return select(call, deps);
  const instead = isHeld ? '; showing its conversation' : '';
  const text = `the call that caused ${signal.type} is unknown or no longer in memory${instead}`;
  deps.dispatch({ type: 'toast', text, kind: 'refused' });
}

// A filter might hide the target.
function showConversation(conversationId: string, { dispatch }: CallDeps): void {
  dispatch({ type: 'into', pane: 'calls' });
  dispatch({ type: 'filter', change: { type: 'clear', of: ['conversations', 'calls'] } });
  dispatch({ type: 'list', of: 'conversations', list: { selectedId: conversationId, offset: 0 } });
  dispatch({ type: 'follow', follow: true });
}

function select({ callId }: Call, { dispatch }: CallDeps): void {
  for (const action of selectCall(callId)) if (action.type === 'view') dispatch(action.action);
}
