import type { Failure } from '../provider.ts';
import { fieldsOf, absolutePathOf, type Fields, timeOf } from '../values.ts';
import { httpStatusOf, nameOf, objectOf, idOf } from '../../wire/fields.ts';
import type { Ms } from '../../../core/units.ts';

/** The thread that a rollout file belongs to. */
export type Thread = {
  readonly id: string;
  /** The thread that started this one, or that it was forked from. */
  readonly parentId: string | null;
  /** Every thread that its first record names as an ancestor. */
  readonly relatives: readonly string[];
  readonly isSubAgent: boolean;
  readonly birth: Ms;
  readonly cwd: string | null;
  readonly version: string | null;
  readonly provider: string | null;
  /** Nickname or role of a sub-agent. */
  readonly name: string | null;
};

/** Reads the first `session_meta` of a file; `fallbackId` is the id in the file's name, `at` the record's time. */
export function threadOf(meta: Fields, fallbackId: string | null, at: Ms): Thread {
  const id = idOf(meta['id']) ?? fallbackId ?? `unnamed@${at}`;
  const relatives = relativesOf(meta).filter((relative) => relative !== id);
  const spawn = spawnOf(meta);
  return {
    id,
    parentId: relatives[0] ?? null,
    relatives,
    isSubAgent: fieldsOf(meta['source'])['subagent'] !== undefined || meta['thread_source'] === 'subagent',
    birth: timeOf(meta['timestamp']) ?? at,
    cwd: absolutePathOf(meta['cwd']),
    version: nameOf(meta['cli_version']),
    provider: nameOf(meta['model_provider']),
    name: nameOf(spawn['agent_nickname']) ?? nameOf(spawn['agent_role']),
  };
}

/** Returns the threads that a `session_meta` names: the one that started it before the one whose history it has. */
export function relativesOf(meta: Fields): readonly string[] {
  const named = [
    meta['parent_thread_id'],
    spawnOf(meta)['parent_thread_id'],
    meta['forked_from_id'],
    fieldsOf(meta['history_base'])['thread_id'],
  ];
  return [...new Set(named.map(idOf).filter((id) => id !== null))];
}

function spawnOf(meta: Fields): Fields {
  return fieldsOf(fieldsOf(fieldsOf(meta['source'])['subagent'])['thread_spawn']);
}

/**
 * The kinds of records that Codex is known to write. What is not here is counted and shown, so that a new version is
 * noticed before its numbers are missed.
 */
const RECORDS = new Set([
  'session_meta',
  'turn_context',
  'event_msg',
  'response_item',
  'compacted',
  'world_state',
  'inter_agent_communication',
  'inter_agent_communication_metadata',
]);

const EVENTS = new Set([
  'agent_message',
  'agent_message_delta',
  'agent_reasoning',
  'agent_reasoning_raw_content',
  'context_compacted',
  'dynamic_tool_call_request',
  'dynamic_tool_call_response',
  'entered_review_mode',
  'exec_command_begin',
  'exec_command_end',
  'exited_review_mode',
  'image_generation_end',
  'item_completed',
  'item_started',
  'mcp_tool_call_begin',
  'mcp_tool_call_end',
  'patch_apply_begin',
  'patch_apply_end',
  'sub_agent_activity',
  'task_complete',
  'task_started',
  'thread_goal_updated',
  'thread_name_updated',
  'thread_rolled_back',
  'thread_settings_applied',
  'token_count',
  'turn_aborted',
  'turn_complete',
  'turn_started',
  'undo_completed',
  'user_message',
  'view_image_tool_call',
  'web_search_begin',
  'web_search_end',
  'world_state',
  'inter_agent_communication',
  'inter_agent_communication_metadata',
]);

const ITEMS = new Set([
  'compaction',
  'compaction_summary',
  'context_compaction',
  'custom_tool_call',
  'custom_tool_call_output',
  'function_call',
  'function_call_output',
  'ghost_snapshot',
  'image_generation_call',
  'local_shell_call',
  'message',
  'other',
  'reasoning',
  'tool_search_call',
  'tool_search_output',
  'web_search_call',
]);

/** Returns true for a known record, by its type and the type of its payload. */
export function isKnown(type: string, inner: unknown): boolean {
  if (!RECORDS.has(type)) return false;
  if (type === 'event_msg') return typeof inner === 'string' && EVENTS.has(inner);
  return type !== 'response_item' || (typeof inner === 'string' && ITEMS.has(inner));
}

/** Errors that end a turn without a call having failed. */
const NO_CALL_FAILED = new Set(['thread_rollback_failed', 'active_turn_not_steerable']);

/** Codex' codes that name a class of the rule book by themselves; of the others the status and the text decide. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['context_window_exceeded', 'context_overflow'],
  ['session_budget_exceeded', 'resource_exhaustion'],
  ['usage_limit_exceeded', 'quota_reached'],
  ['server_overloaded', 'service_unavailable'],
  ['cyber_policy', 'safety_filter'],
  ['unauthorized', 'auth_error'],
  ['http_connection_failed', 'network_timeout'],
  ['response_stream_connection_failed', 'network_timeout'],
  ['response_stream_disconnected', 'network_timeout'],
]);

/**
 * Reads the error at the end of a turn, whose last call failed then. `info` is `codex_error_info`: a code, or an object
 * whose only key is the code and whose value may hold an HTTP status. `isLimitReached`: the plan's
 * limit was recorded as reached. Returns null where no call failed.
 */
export function failureOf(info: unknown, text: string | null, isLimitReached: boolean): Failure | null {
  const [code, facts] = objectOf(info) === null ? [info, null] : (Object.entries(fieldsOf(info))[0] ?? []);
  const name = nameOf(code);
  if (name !== null && NO_CALL_FAILED.has(name)) return null;
  const status = httpStatusOf(fieldsOf(facts)['http_status_code']);
  const byCode = status === null && name !== null ? (CLASSES.get(name) ?? null) : null;
  const errorClass = byCode ?? (status === null && isLimitReached ? 'quota_reached' : null);
  return { status, text: text ?? name, errorClass };
}
