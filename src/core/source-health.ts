import type { SourceHealth } from './events.ts';

/** A source cannot be read: lost, or never there. */
export function isDark({ health }: { readonly health: Pick<SourceHealth, 'health'> }): boolean {
  return health.health === 'lost' || health.health === 'absent';
}
