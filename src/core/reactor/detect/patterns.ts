/** Rules S1 and S2: what a failed call's text says about the agent. One row a wording, with the provider it comes from. */

export type TextPattern = {
  readonly signal: 'agent_crash' | 'context_overflow';
  readonly name: string;
  readonly from: string;
  readonly pattern: RegExp;
};

// Words, not substrings: "room", "zoom", "bloom" and "crashlytics" are no crashes.
export const CRASH_PATTERNS: readonly TextPattern[] = [
  crash('crash', /\bcrash(?:ed|es)?\b/i),
  crash('oom', /\boom\b/i),
  crash('oom-kill', /\boom[-_ ]?kill(?:er|ed)?\b/i),
  crash('out of memory', /\bout[ -]of[ -]memory\b/i),
  crash('sigkill', /\bsigkill\b/i),
  crash('signal 9', /\bsignal:? 9\b/i),
  crash('exit code 137', /\bexit code:? 137\b/i),
];

export const OVERFLOW_PATTERNS: readonly TextPattern[] = [
  overflow('context_length_exceeded', 'OpenAI', /context_length_exceeded/i),
  overflow('context_window', 'reference', /context_window/i),
  overflow('maximum context length', 'OpenAI, vLLM', /maximum context length/i),
  overflow('prompt is too long', 'Anthropic', /prompt is too long/i),
  overflow('input is too long', 'Amazon Bedrock', /input is too long/i),
  overflow('exceeds the maximum number of tokens', 'Google Gemini', /exceeds the maximum number of tokens/i),
  overflow('reduce the length of the messages', 'OpenAI, Groq', /reduce the length of the messages/i),
  overflow(
    'context window exceeded',
    'Anthropic, LiteLLM',
    /context window (?:is |has been |was )?exceeded|exceed(?:s|ed|ing)? (?:the |your |this model's |the model's )?context window/i,
  ),
];

/** The signal that an error text stands for, null for none. S1 wins over S2 when both match (the reference's order). */
export function textSignal(error: string | null): TextPattern | null {
  if (error === null || error === '') return null;
  return (
    CRASH_PATTERNS.find(({ pattern }) => pattern.test(error)) ??
    OVERFLOW_PATTERNS.find(({ pattern }) => pattern.test(error)) ??
    null
  );
}

function crash(name: string, pattern: RegExp): TextPattern {
  return { signal: 'agent_crash', name, from: 'kernel and runtimes', pattern };
}

function overflow(name: string, from: string, pattern: RegExp): TextPattern {
  return { signal: 'context_overflow', name, from, pattern };
}
