import type { Config } from '../config/config.ts';
import { systemClock } from '../effects/clock.ts';
import type { Engine, EngineName } from '../engine/types.ts';
import type { EventLine } from './headless/output.ts';
import { loadTriage } from './triage.ts';

/** A host of a fleet, or of none. */
type Member = { readonly event: (line: EventLine) => void; readonly close: () => Promise<void> };

const ALONE: Member = { event: () => undefined, close: () => Promise.resolve() };

/** Publishes an engine to the configured broker; where none is configured, nothing is loaded for it. */
export async function joinFleet(
  { nats: { url, name: given, content, ...access }, host }: Pick<Config, 'nats' | 'host'>,
  engine: Engine,
  name: EngineName,
  talk: (line: string) => void,
): Promise<Member> {
  if (url === null) return ALONE;
  const [{ publishHost }, { tokenOf }, triage] = await Promise.all([
    import('../remote/nats/host.ts'),
    import('../remote/nats/subjects.ts'),
    loadTriage(),
  ]);
  const broker = { ...access, url };
  return publishHost({ engine, name, host: tokenOf(given ?? host), broker, content, clock: systemClock, triage, talk });
}
