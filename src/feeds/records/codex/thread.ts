import type { Ms } from '../../../core/units.ts';
import { absolutePathOf, type Fields, fieldsOf, timeOf } from '../values.ts';
import { idOf, nameOf } from '../../wire/fields.ts';

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
