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
