/**
 * The reason why our sums differ from the naive one, which adds up every record that carries token counts: a row for each cause, with
 * the contract's rule. `sightline audit` shows them.
 */
export const DIFFERENCES = {
  claude_repeated: { rule: 'C1', meaning: 'one answer is written as several rows, each with the whole count' },
  claude_run: { rule: 'C2', meaning: 'rows of one answer, whose id is the same for every answer' },
  claude_copied: { rule: 'C4', meaning: 'rows that another session or file owns: forks, branches, background copies' },
  codex_repeated: { rule: 'X1', meaning: 'the totals are repeated: no call' },
  codex_lost: { rule: 'X1', meaning: 'calls whose own count was never written: in the totals only' },
  codex_full: { rule: 'X2', meaning: 'zeroed counts when the context window was exceeded' },
  codex_copied: { rule: 'X4', meaning: "the parent thread's history, repeated in a fork or sub-agent" },
  codex_twice: { rule: 'X5', meaning: 'a second file of the same thread: archived, or compressed' },
  gemini_again: { rule: 'G1', meaning: 'the message is written again under its id' },
  gemini_document: { rule: 'G2', meaning: 'the older document beside the operations that took it over' },
  opencode_steps: { rule: 'O1', meaning: "the message's own count is that of its last step only" },
  qwen_branch: { rule: 'C4', meaning: 'rows of the session that was branched from' },
} as const satisfies Readonly<Record<string, { readonly rule: string; readonly meaning: string }>>;

export type Difference = keyof typeof DIFFERENCES;
