import type { Triage } from '../remote/nats/summary.ts';

/** Loads the ladder of the dashboard: a host counts what is wrong by it, and a console orders what hosts tell. */
export async function loadTriage(): Promise<Triage> {
  const { ladderOf } = await import('../ui/ladder/ladder.ts');
  return (view, now) => {
    const { rows, standingOut, troubles } = ladderOf(view, now);
    const notable = rows.slice(0, standingOut);
    return {
      trouble: troubles.length,
      waiting: notable.filter(({ condition }) => condition.kind === 'waiting').length,
      worst: notable.flatMap(({ conversation, count, members }) => (count === 1 ? [conversation] : members)),
    };
  };
}
