import type { ConversationView } from '../../core/model/types.ts';

/** Look-ups of a list of conversations, updated from one list to the next. */
export type Roster = {
  readonly conversations: readonly ConversationView[];
  /** The list before it, and of each conversation the index that it had there; -1 for one that came or changed since. */
  readonly before: readonly ConversationView[];
  readonly former: Int32Array;
  readonly byId: ReadonlyMap<string, ConversationView>;
  /** The sessions that another one began, by its conversation. */
  readonly children: ReadonlyMap<string, ReadonlySet<ConversationView>>;
};

const byId = new Map<string, ConversationView>();
const children = new Map<string, Set<ConversationView>>();
let current: Roster = { conversations: [], before: [], former: new Int32Array(), byId, children };

/**
 * Returns the roster of a list. There may be very many conversations, of which few change from one frame to the next, and
 * those are looked at alone: of the others it is only compared whether they are the same objects. It is true until another
 * list is asked for.
 */
export function rosterOf(conversations: readonly ConversationView[]): Roster {
  if (conversations === current.conversations) return current;
  const before = current.conversations;
  const former = new Int32Array(conversations.length);
  const gone: ConversationView[] = [];
  const came: ConversationView[] = [];
  // What changes moves up, or stays where it is; the others keep their order, so that one walk along both lists is enough.
  const changed = new Set<string>();
  let at = 0;
  for (let index = 0; index < conversations.length; index += 1) {
    const conversation = conversations[index];
    if (conversation === undefined) continue;
    let old = before[at];
    while (old !== undefined && old !== conversation && changed.has(old.conversationId)) {
      gone.push(old);
      old = before[(at += 1)];
    }
    // One is gone.
    if (old !== undefined && old !== conversation && before[at + 1] === conversation) {
      gone.push(old);
      old = before[(at += 1)];
    }
    if (old === conversation) {
      former[index] = at;
      at += 1;
    } else {
      former[index] = -1;
      changed.add(conversation.conversationId);
      came.push(conversation);
    }
  }
  for (const conversation of gone) strike(conversation);
  for (const conversation of before.slice(at)) strike(conversation);
  for (const conversation of came) enter(conversation);
  current = { conversations, before, former, byId, children };
  return current;
}

function strike(conversation: ConversationView): void {
  const { conversationId: id, session } = conversation;
  if (byId.get(id) === conversation) byId.delete(id);
  const parentId = session?.parentId ?? null;
  if (parentId === null) return;
  const siblings = children.get(parentId);
  siblings?.delete(conversation);
  if (siblings?.size === 0) children.delete(parentId);
}

function enter(conversation: ConversationView): void {
  const { conversationId: id, session } = conversation;
  byId.set(id, conversation);
  const parentId = session?.parentId ?? null;
  if (parentId === null) return;
  const siblings = children.get(parentId);
  if (siblings === undefined) children.set(parentId, new Set([conversation]));
  else siblings.add(conversation);
}
