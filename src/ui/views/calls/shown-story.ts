import type { Story, StoryCall } from '../../../core/story.ts';
import type { Ms } from '../../../core/units.ts';

/** The story of one conversation as it was when its records stood as of `stamp`; null: they cannot be read. */
export type ShownStory = {
  readonly conversationId: string;
  readonly stamp: string;
  readonly readAt: Ms;
  readonly value: Story | null;
};

/** Returns the story of a conversation where it is the one that was read. */
export function storyIn({ story }: { readonly story: ShownStory | null }, conversationId: string): Story | null {
  return story?.conversationId === conversationId ? story.value : null;
}

/** Returns the tool that a conversation waits for, as its records tell it; null where none is open. */
export function openToolIn(story: Story | null, name: string | null): StoryCall['tools'][number] | null {
  const calls = story === null ? [] : [...story.calls.values(), ...(story.open === null ? [] : [story.open])];
  const open = calls.flatMap(({ tools }) => tools).filter(({ endedAt }) => endedAt === null);
  return open.findLast((tool) => tool.name === name) ?? null;
}
