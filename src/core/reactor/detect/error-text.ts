/**
 * The verdicts on the text of a failed call: rules S1 and S2, and the error class of derived storms. The table is built
 * from families of wordings, each with the providers that it was seen from and one real text; the manual prints it.
 */

/** The longest error text that is searched, characters: the rule book's 256 KiB. */
export const MAX_ERROR_TEXT = 262_144;

export type TextPattern = {
  readonly type: 'agent_crash' | 'context_overflow';
  readonly name: string;
  /** Providers and programs with this text. */
  readonly from: string;
  /** One real text, or the keyword itself. */
  readonly sample: string;
  readonly pattern: RegExp;
};

// Words, not substrings: "room", "zoom", "bloom" and "crashlytics" are no crashes.
export const CRASH_PATTERNS: readonly TextPattern[] = [
  crash('crash', 'process crashed', /\bcrash(?:ed|es)?\b/i),
  crash('oom', 'OOM', /\boom\b/i),
  crash('oom-kill', 'oom-killed', /\boom[-_ ]?kill(?:er|ed)?\b/i),
  crash('out of memory', 'CUDA out of memory', /\bout[ -]of[ -]memory\b/i),
  crash('sigkill', 'terminated by SIGKILL', /\bsigkill\b/i),
  crash('signal 9', 'signal: 9', /\bsignal:? 9\b/i),
  crash('exit code 137', 'exit code 137', /\bexit code:? 137\b/i),
];

// Gaps are bounded, so that no text makes a pattern slow; `[^]` crosses lines, since bodies come as pretty JSON.
export const OVERFLOW_PATTERNS: readonly TextPattern[] = [
  overflow(
    'an identifier',
    'OpenAI, GitHub Copilot, llama.cpp, Azure AI',
    'context_length_exceeded',
    /context_length_exceeded|context_window|model_max_prompt_tokens_exceeded|exceed_context_size|context_(?:limit|size)_(?:exceeded|reached)|tokens_limit_reached/i,
  ),
  overflow(
    'the maximum context length is',
    'OpenAI, vLLM, OpenRouter, DeepSeek, Mistral, xAI',
    "This model's maximum context length is 102400 tokens.",
    /\bmax(?:imum)? context (?:length|size|window)\b|\bmax(?:imum)? (?:prompt|input) length (?:is|of) \d/i,
  ),
  overflow(
    'the prompt exceeds the context',
    'OpenAI, Anthropic, llama.cpp, SGLang, Ollama, LM Studio',
    'request (25837 tokens) exceeds the available context size (25088 tokens)',
    /\b(?:prompt|inputs?|messages?|request(?:ed)?|conversation|tokens?|max_tokens)\b[^]{0,80}?(?:\b(?:exceed(?:s|ed|ing)?|(?:longer|larger|greater) than|(?:does not|doesn't|do not) fit|(?:is|are) (?:above|over|beyond))\b|>)[^]{0,40}?\b(?:context (?:window|length|size|limit)|(?:max(?:imum)?|available|model(?:'s)?|tokens?) context)\b/i,
  ),
  overflow(
    'the context is exceeded',
    'Anthropic, Claude Code, Codex, LiteLLM, MiniMax, LM Studio',
    'invalid params, context window exceeds limit',
    /\bcontext (?:window|length|size|limit) (?:is |has been |was )?(?:exceed(?:s|ed)|reached|overflow)|\b(?:reached|ran out of (?:room|space) in|exhausted) (?:the )?(?:model's )?context (?:window|length|size|limit)\b|\bcontext (?:the )?overflow(?:s|ed)\b|loaded with (?:a )?context length of only/i,
  ),
  // "input tokens per minute" is a throttle, whatever is exceeded.
  overflow(
    'the length of the prompt exceeds the limit',
    'GitHub Copilot, Google Gemini, OpenAI, Amazon Nova, vLLM, SGLang, watsonx, NVIDIA NIM, DashScope, TabbyAPI',
    'prompt token count of 1236658 exceeds the limit of 128000',
    /\b(?:prompt|inputs?|messages?|sequence)[ _](?:tokens?(?:[ _](?:count|length))?|length)\b(?! per\b)[^]{0,60}?\b(?:exceed(?:s|ed)?|(?:longer|larger|greater|more) than|only supports(?: up to)?)\b[^]{0,40}?(?:\blimit\b|\bmax|\bmodel\b|\ballowed\b|\d)/i,
  ),
  overflow(
    'exceeds the maximum number of tokens',
    'Google Gemini, SGLang, Volcengine Ark',
    'The input token count (461428) exceeds the maximum number of tokens allowed (131072).',
    /\bexceeds? (?:the )?max(?:imum)? (?:number of (?:input |prompt )?|message |prompt |input )tokens\b|\brequested token count exceeds\b/i,
  ),
  overflow(
    'the prompt is too long',
    'Anthropic, Amazon Bedrock, vLLM, Mistral, Moonshot, Ollama',
    'prompt is too long: 202128 tokens > 200000 maximum',
    /\b(?:prompt|inputs?|conversation)\b(?: history)?(?: tokens?)?(?: length)?(?: \([^)]{0,60}\))? (?:(?:is|are|was) )?too (?:long|large)\b|\bprompt contains \d+ tokens\b[^]{0,60}?\btoo (?:long|large)\b/i,
  ),
  overflow(
    'the prompt exceeds the maximum length',
    'Z.AI (GLM), vLLM, SGLang',
    'Prompt exceeds max length',
    /\b(?:prompt|input)\b[^]{0,60}?\b(?:exceed(?:s|ed)?|(?:longer|larger|greater) than)\b[^]{0,20}?\bmax(?:imum)?(?: (?:model|allowed|prompt|input|sequence))* length\b/i,
  ),
  overflow(
    'the request exceeds the model token limit',
    'Moonshot',
    'Your request exceeded model token limit: 8192',
    /\b(?:prompt|inputs?|messages?|request)\b[^]{0,40}?\bexceed(?:s|ed)? (?:the )?model(?:'s)? token limit\b/i,
  ),
  overflow(
    'too many tokens in the prompt',
    'Cohere, Amazon Titan, GitHub Models',
    'too many tokens: total number of tokens in the prompt cannot exceed 4081',
    /\btoo many tokens: (?:total number of tokens|size limit exceeded)|\btokens in the prompt (?:cannot|must not) exceed\b|\btokens in (?:the )?request (?:are |is )?more than (?:the )?max(?:imum)? tokens\b|\btoo many (?:input|prompt) tokens\b(?! per\b)|\btoo large for\b[^]{0,60}? model\. max size: \d+ tokens\b/i,
  ),
  overflow(
    'the range of the input length',
    'DashScope (Qwen)',
    'Range of input length should be [1, 204800]',
    /\brange of input length should be\b/i,
  ),
  overflow(
    'the prompt must have fewer tokens',
    'TGI, Together, Hugging Face, Cohere, SiliconFlow',
    '`inputs` tokens + `max_new_tokens` must be <= 4096',
    /\binputs?`? (?:tokens )?(?:\+ `?max_new_tokens`? )?must (?:be <=|have (?:less|fewer) than) \d|\b(?:prompt|inputs?|messages?)[ _](?:tokens?|length)\b[^]{0,40}?\bmust be (?:less|fewer|smaller|shorter) than\b|\b(?:prompt|inputs?|messages?) must be (?:less|fewer|smaller|shorter) than \d+ tokens\b/i,
  ),
  overflow(
    'reduce the length of the messages',
    'OpenAI, Groq, Cerebras, Azure OpenAI',
    'Please reduce the length of the messages or completion.',
    /\breduce the length of (?:the |your )?(?:input )?(?:messages?|prompt|inputs?|either one)\b|\breduce your prompt\b/i,
  ),
  overflow(
    'the prompt is too long, in Chinese',
    'Z.AI (GLM), DashScope, Moonshot',
    '输入内容过长，超出模型上下文长度',
    /(?:输入|提示词|上下文|prompt)[^]{0,20}?(?:超长|过长|(?:超过|超出)[^]{0,20}?(?:长度|上下文|限制|token))/iu,
  ),
];

/**
 * Returns the signal that an error text stands for, or null. A status of 400-499 raises no S1: such a body is the server's
 * answer about the request and often echoes it. 429 is never S2. S1 wins over S2 (the reference's order).
 */
export function textSignal(error: string | null, statusCode: number | null): TextPattern | null {
  if (error === null || error === '') return null;
  const text = error.slice(0, MAX_ERROR_TEXT);
  const isAnswer = statusCode !== null && statusCode >= 400 && statusCode <= 499;
  const crashed = isAnswer ? undefined : CRASH_PATTERNS.find(({ pattern }) => pattern.test(text));
  if (crashed !== undefined || statusCode === 429) return crashed ?? null;
  return OVERFLOW_PATTERNS.find(({ pattern }) => pattern.test(text)) ?? null;
}

// The limit of a plan, in the words of Claude, Codex, Gemini, Copilot and Z.AI; it ends by itself at a time that they name.
const QUOTA = new RegExp(
  [
    String.raw`\b(?:hit|reached|exceeded|exhausted) (?:your|the) (?:[\w-]+ ){0,3}(?:session|usage|weekly|daily|monthly|5-hour|five-hour|opus|plan) (?:[\w-]+ )?(?:limits?|quota)\b`,
    String.raw`\b(?:hit|reached) your limit\b[^]{0,20}?\bresets?\b`,
    String.raw`\byour (?:quota|limit) will (?:reset|be refreshed)\b`,
    String.raw`\bout of extra usage\b`,
    '使用上限',
    String.raw`\b(?:session|usage|weekly|5-hour|five-hour|opus|plan) limit (?:was |has been )?(?:reached|exceeded|hit)\b`,
    String.raw`\busage_limit_(?:exceeded|reached)\b`,
    String.raw`\bdaily quota\b`,
  ].join('|'),
  'i',
);

type ClassRow = { readonly errorClass: string; readonly keywords: readonly string[] };

/** agentsight's keyword table (feed contract, 5.1), in its order of evaluation. */
const KEYWORDS: readonly ClassRow[] = [
  { errorClass: 'auth_error', keywords: ['invalid_api_key', 'authentication', 'unauthorized', 'invalid x-api-key'] },
  { errorClass: 'rate_limit', keywords: ['rate_limit', 'rate limit', 'too many requests'] },
  { errorClass: 'network_timeout', keywords: ['timeout', 'timed out', 'deadline exceeded'] },
  { errorClass: 'service_unavailable', keywords: ['overloaded', 'service_unavailable', 'service unavailable'] },
  {
    errorClass: 'context_overflow',
    keywords: [
      'context_length_exceeded',
      'maximum context length',
      'context window',
      'context_length',
      'reduce the length',
      'prompt is too long',
      'input is too long',
      'tokens_limit_reached',
      'context limit',
      'exceeds the model',
    ],
  },
  {
    errorClass: 'resource_exhaustion',
    keywords: [
      'quota',
      'billing',
      'insufficient',
      'usage_limit',
      'spending limit',
      'daily limit',
      'monthly limit',
      'credit',
      'exhausted',
      'allowance',
    ],
  },
  { errorClass: 'safety_filter', keywords: ['content_filter'] },
  {
    errorClass: 'state_machine_error',
    keywords: [
      'invalid state',
      'protocol error',
      'malformed',
      'unexpected response',
      'invalid transition',
      'parse error',
      'deserialization',
    ],
  },
];

/** The statuses that name a class by themselves; of the others (400, 500 …) the text decides. */
const STATUS_CLASSES: ReadonlyMap<number, string> = new Map([
  [401, 'auth_error'],
  [403, 'auth_error'],
  [429, 'rate_limit'],
  [408, 'network_timeout'],
  [504, 'network_timeout'],
  [502, 'service_unavailable'],
  [503, 'service_unavailable'],
  [529, 'service_unavailable'],
  [402, 'resource_exhaustion'],
  [413, 'context_overflow'],
]);

/**
 * Returns the error class of a failed call, the first that applies: a plan's limit in the text, the HTTP status where it
 * names a class, or the agent's `own` code that stands for it (real feeds carry the text of one failure and not of the next), the keyword table, `llm_error`.
 */
export function errorClass(error: string | null, statusCode: number | null, own: string | null = null): string {
  const text = (error ?? '').slice(0, MAX_ERROR_TEXT).toLowerCase();
  if (QUOTA.test(text)) return 'quota_reached';
  if (own !== null) return own;
  const byStatus = statusCode === null ? undefined : STATUS_CLASSES.get(statusCode);
  if (byStatus !== undefined) return byStatus;
  return KEYWORDS.find(({ keywords }) => keywords.some((keyword) => text.includes(keyword)))?.errorClass ?? 'llm_error';
}

/** Characters kept on each side of the words that decide, where they lie beyond the excerpt's beginning. */
const AROUND = 120;

/**
 * Shortens an error to `max` characters without losing the words that decide: its beginning, then each decisive place
 * beyond it, set apart by an ellipsis. A shorter text comes back as it is.
 */
export function errorExcerpt(error: string, max: number): string {
  if (error.length <= max) return error;
  const text = error.slice(0, MAX_ERROR_TEXT);
  const lower = text.toLowerCase();
  const ranges = [CRASH_PATTERNS, OVERFLOW_PATTERNS, [{ pattern: QUOTA }]]
    .map((rows) =>
      firstMatch(
        text,
        rows.map(({ pattern }) => pattern),
      ),
    )
    .concat(firstKeyword(lower))
    .filter((range) => range !== null)
    .toSorted((a, b) => a.from - b.from);
  const head = max - 1 - ranges.length * (2 * AROUND + 3) - ranges.reduce((sum, { from, to }) => sum + to - from, 0);
  const kept = ranges
    .filter(({ to }) => to > head)
    .map(({ from, to }) => text.slice(Math.max(0, from - AROUND), to + AROUND));
  const parts = [text.slice(0, kept.length === 0 ? max - 1 : Math.max(0, head)), ...kept];
  return `${parts.join(' … ').slice(0, max - 1)}…`;
}

type Range = { readonly from: number; readonly to: number };

function firstMatch(text: string, patterns: readonly RegExp[]): Range | null {
  for (const pattern of patterns) {
    const match = pattern.exec(text);
    if (match !== null) return { from: match.index, to: match.index + match[0].length };
  }
  return null;
}

function firstKeyword(lower: string): Range | null {
  for (const { keywords } of KEYWORDS) {
    for (const keyword of keywords) {
      const from = lower.indexOf(keyword);
      if (from !== -1) return { from, to: from + keyword.length };
    }
  }
  return null;
}

function crash(name: string, sample: string, pattern: RegExp): TextPattern {
  return { type: 'agent_crash', name, from: 'kernel and runtimes', sample, pattern };
}

function overflow(name: string, from: string, sample: string, pattern: RegExp): TextPattern {
  return { type: 'context_overflow', name, from, sample, pattern };
}
