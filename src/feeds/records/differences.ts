/**
 * Why our sums differ from the naive one, which adds up every record that carries token counts: a row for each cause, with
 * the contract's rule. `sightline audit` shows them.
 */
export const DIFFERENCES = {
  claude_repeated: { rule: 'C1', words: 'one answer is written as several rows, each with the whole count' },
  claude_run: { rule: 'C2', words: 'rows of one answer, whose id is the same for every answer' },
  claude_copied: { rule: 'C4', words: 'rows that another session or file owns: forks, branches, background copies' },
  codex_repeated: { rule: 'X1', words: 'the totals are said again: no call' },
  codex_lost: { rule: 'X1', words: 'calls whose own count was never written: in the totals only' },
  codex_full: { rule: 'X2', words: 'zeroed counts when the context window was exceeded' },
  codex_copied: { rule: 'X4', words: "the parent thread's history, repeated in a fork or sub-agent" },
  codex_twice: { rule: 'X5', words: 'a second file of the same thread: archived, or compressed' },
  gemini_again: { rule: 'G1', words: 'the message is written again under its id' },
  gemini_document: { rule: 'G2', words: 'the older document beside the operations that took it over' },
  opencode_steps: { rule: 'O1', words: "the message's own count is that of its last step only" },
  qwen_branch: { rule: 'C4', words: 'rows of the session that was branched from' },
} as const satisfies Readonly<Record<string, { readonly rule: string; readonly words: string }>>;

export type Difference = keyof typeof DIFFERENCES;
