/**
 * One course of events that has a bit of everything: what agentsight saw, in the order in which it was over. Texts are
 * as we keep them; `asWritten` gives the hostile ones as they stand in the feed.
 */
import type { Call, Usage } from '../../src/core/calls.ts';
import type { Interruption, Severity } from '../../src/core/interruptions.ts';
import { interruptionDetail } from '../../src/feeds/wire/interruption.ts';

/** A call, and the session id that was known when it was captured. */
export type ScenarioCall = Call & { readonly capturedSession: string | null };
/** An interruption, and its detail as the feed has it. */
export type ScenarioInterruption = Interruption & { readonly wireDetail: string };
export type Facts = {
  readonly calls: readonly ScenarioCall[];
  readonly interruptions: readonly ScenarioInterruption[];
};

/** The course of events, over at `endMs` (Unix ms) and two minutes long. */
export function scenario(endMs: number): Facts {
  const calls = callsUpTo(endMs);
  return { calls, interruptions: interruptionsUpTo(endMs, calls) };
}

/** Hostile texts: as we keep them → as the feed has them. */
const HOSTILE: ReadonlyMap<string, string> = new Map([
  ['代码助手', '\u001b[2J代码助手\u202e'],
  ['把测试修好 please', '\u001b]0;owned\u0007把测试修好\nplease\u0000'],
  ['未找到模型 rm -rf', '\u009b31m未找到模型\r\nrm -rf\u2066'],
]);

/** A text as it stands in the feed. */
export function asWritten<T extends string | null>(text: T): T {
  return ((text === null ? undefined : HOSTILE.get(text)) ?? text) as T;
}

const REAL_SESSION = '3b2f9c1e-0000-4000-8000-00000000abcd';
const LATE_SESSION = '77aa9c1e-0000-4000-8000-0000000000ff';
const FALLBACK = 'f24909fc778c4e3c3482f6d6205955ec';

type Who = Pick<Call, 'agent' | 'processName' | 'pid' | 'provider' | 'model'>;

const CLAUDE: Who = { agent: 'Claude', processName: 'node', pid: 100, provider: 'anthropic', model: 'claude-opus' };
const CODEX: Who = { agent: 'Codex', processName: 'codex', pid: 200, provider: 'openai', model: 'gpt-5' };
const CLAW: Who = { agent: 'OpenClaw', processName: 'node', pid: 300, provider: 'dashscope', model: 'qwen3-max' };
const HELPER: Who = { ...CODEX, agent: '代码助手', pid: 400 };
const COSH: Who = { ...CLAUDE, agent: 'Cosh', processName: 'cosh', pid: 500 };

function callsUpTo(endMs: number): readonly ScenarioCall[] {
  const at = (seconds: number): bigint => BigInt(endMs + seconds * 1_000) * 1_000_000n + 123n;
  const call = (callId: string, ends: number, who: Who, given: Partial<ScenarioCall>): ScenarioCall => ({
    callId,
    startNs: at(ends - 1),
    endNs: at(ends),
    status: 'complete',
    conversationId: 'a',
    sessionId: REAL_SESSION,
    capturedSession: given.sessionId ?? REAL_SESSION,
    ...who,
    kind: 'main',
    statusCode: 200,
    error: null,
    usage: null,
    finishReason: null,
    tools: [],
    userQuery: null,
    interruptionType: null,
    ...given,
  });
  const failed = (callId: string, ends: number, who: Who, given: Partial<ScenarioCall>): ScenarioCall =>
    call(callId, ends, who, { statusCode: 500, ...given });
  const unended = (callId: string, ends: number, who: Who, given: Partial<ScenarioCall>): ScenarioCall =>
    call(callId, ends, who, { endNs: null, statusCode: null, status: 'interrupted', ...given });
  const storm = [1, 2, 3, 4, 5, 6].map((n) =>
    failed(`storm-${n}`, -60 + n, CLAW, {
      conversationId: 's',
      statusCode: 401,
      // Header and body in separate TLS writes leave no text: the status is all there is.
      error: n > 3 ? null : 'invalid x-api-key',
      interruptionType: 'auth_error',
    }),
  );
  const unrelated = [1, 2, 3, 4, 5].map((n) =>
    failed(`nobody-${n}`, -80 + n, CODEX, { conversationId: 'no_user_query', error: 'upstream failed' }),
  );
  return [
    call('tools', -120, CLAUDE, {
      usage: usage(1_200, 85, 18_000, 0),
      finishReason: 'tool_use',
      tools: ['Bash', 'Read'],
      userQuery: 'list the files',
    }),
    call('two-phase', -110, CLAUDE, { usage: usage(300, 20, 19_200, 400), finishReason: 'end_turn' }),
    call('recap', -109, CLAUDE, { usage: usage(900, 50, 0, 0), kind: 'recap' }),
    call('cached', -100, CODEX, { conversationId: 'b', usage: usage(5_000, 200, 4_000, null), finishReason: 'stop' }),
    call('unmeasured', -99, CODEX, { conversationId: 'b' }),
    ...unrelated,
    ...storm,
    failed('overflow', -50, CLAUDE, {
      conversationId: 'o',
      statusCode: 400,
      error: 'prompt is too long: 214512 tokens > 200000 maximum',
      interruptionType: 'context_overflow',
    }),
    failed('crash-text', -45, CODEX, {
      conversationId: 'c',
      error: 'worker crashed: SIGKILL (out of memory)',
      interruptionType: 'llm_error',
    }),
    unended('crashed-0123456789', -40, CODEX, { conversationId: 'x', interruptionType: 'agent_crash' }),
    unended('ended-0123456789ab', -35, COSH, {
      conversationId: 'e',
      usage: usage(40, 2, null, null),
      interruptionType: 'agent_crash',
    }),
    call('late-session', -30, HELPER, {
      conversationId: 'l',
      sessionId: LATE_SESSION,
      capturedSession: FALLBACK,
      usage: usage(70, 7, null, null),
      userQuery: '把测试修好 please',
    }),
    failed('hostile', -25, HELPER, { conversationId: 'l', sessionId: LATE_SESSION, error: '未找到模型 rm -rf' }),
    unended('drained', -20, CLAW, { conversationId: 'p', status: 'pending' }),
  ];
}

function interruptionsUpTo(endMs: number, calls: readonly ScenarioCall[]): readonly ScenarioInterruption[] {
  const endOf = (callId: string): bigint => calls.find((one) => one.callId === callId)?.endNs ?? 0n;
  const after = (seconds: number): bigint => BigInt(endMs + seconds * 1_000) * 1_000_000n;
  let n = 0;
  const row = (
    type: string,
    severity: Severity,
    occurredNs: bigint,
    detail: Readonly<Record<string, unknown>>,
    given: Partial<Interruption>,
  ): ScenarioInterruption => {
    n += 1;
    const wireDetail = JSON.stringify(detail);
    return {
      interruptionId: String(n).padStart(32, '0'),
      type,
      severity,
      agent: 'unknown',
      pid: null,
      conversationId: null,
      sessionId: null,
      callId: null,
      occurredNs,
      resolved: false,
      detail: interruptionDetail(type, wireDetail),
      wireDetail,
      ...given,
    };
  };
  const of = (who: Who, conversationId: string): Partial<Interruption> => {
    return { agent: who.agent, pid: who.pid, conversationId, sessionId: REAL_SESSION };
  };
  const error = (status_code: number, text: string): Readonly<Record<string, unknown>> => {
    return { model: 'm', status_code, error: text };
  };
  const exit = { pid: 200, source: 'trace_procmon_exit' };
  return [
    row('quantum_flux', 'low', endOf('two-phase'), { retries: 3 }, of(CLAUDE, 'a')),
    row(
      'dead_loop',
      'critical',
      endOf('cached'),
      { rule: 'tool_sequence_repetition', repeat_count: 5 },
      of(CODEX, 'b'),
    ),
    row(
      'slow_response',
      'medium',
      endOf('cached'),
      { duration_ms: 130_000, threshold_ms: 120_000 },
      {
        ...of(CODEX, 'b'),
        callId: 'cached',
        resolved: true,
      },
    ),
    row('auth_error', 'high', endOf('storm-1'), error(401, 'invalid x-api-key'), {
      ...of(CLAW, 's'),
      callId: 'storm-1',
    }),
    row('retry_storm', 'critical', endOf('storm-5'), { repeated_type: 'auth_error', count: 5 }, of(CLAW, 's')),
    row('context_overflow', 'high', endOf('overflow'), error(400, 'prompt is too long'), {
      ...of(CLAUDE, 'o'),
      callId: 'overflow',
    }),
    row('llm_error', 'high', endOf('crash-text'), error(500, 'worker crashed: SIGKILL (out of memory)'), {
      ...of(CODEX, 'c'),
      callId: 'crash-text',
    }),
    row(
      'agent_crash',
      'critical',
      after(-38),
      { ...exit, call_ids: ['crashed-0123456789'], exit_code: 137, signal: 9 },
      {
        ...of(CODEX, 'x'),
      },
    ),
    // Ended on purpose, and whose it was is known from its call alone.
    row(
      'agent_crash',
      'critical',
      after(-33),
      { ...exit, call_ids: ['ended-0123456789ab'], exit_code: 0, signal: 15 },
      {},
    ),
    row('resource_exhaustion', 'high', after(-10), error(402, 'insufficient_quota'), { agent: 'OpenClaw' }),
  ];
}

function usage(
  inputTokens: number,
  outputTokens: number,
  cacheReadTokens: number | null,
  cacheCreationTokens: number | null,
): Usage {
  return { inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens };
}
