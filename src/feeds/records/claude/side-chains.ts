import { idOf } from '../../wire/fields.ts';
import type { FileName } from '../provider.ts';
import type { Fields } from '../values.ts';

/** Rows of side chains in a session's own file whose chain is remembered. */
const MAX_CHAIN_ROWS = 20_000;

/**
 * Names the sub-agent of each row of one file, in file order; null for the session's own rows. A side chain in the
 * session's own file without an agent's id is known by its first row.
 */
export function agentsOf({ agentId: ofFile }: FileName): (row: Fields, uuid: string | null) => string | null {
  const chains = new Map<string, string>();
  return (row, uuid) => {
    if (ofFile !== null) return ofFile;
    if (row['isSidechain'] !== true) return null;
    const agentId = idOf(row['agentId']);
    if (agentId !== null) return agentId;
    const parent = idOf(row['parentUuid']);
    const chain = (parent === null ? undefined : chains.get(parent)) ?? uuid ?? 'unknown';
    if (uuid !== null && chains.size < MAX_CHAIN_ROWS) chains.set(uuid, chain);
    return `chain-${chain}`;
  };
}
