import type { Snapshot } from '../../core/snapshots.ts';
import type { EngineEvent } from '../../engine/types.ts';

/** The line for people (stderr) about something that happened; null where stdout says it all. */
export function talkOf(event: EngineEvent): string | null {
  switch (event.type) {
    case 'talk':
      return event.line;
    case 'started': {
      const sources = event.sources.map(({ health }) => `${health.uri} ${health.health} (${health.detail})`).join('; ');
      return `started in mode ${event.mode}; sources: ${sources || 'none'}`;
    }
    case 'source':
      return `${event.source.health.uri}: ${event.source.health.health}: ${event.source.health.detail}`;
    case 'notice':
      if (event.notice.type === 'refused') return `${event.notice.action} refused: ${event.notice.reason}`;
      return event.notice.type === 'foreign' ? foreignTalk(event.notice.workspace, event.notice.snapshot) : null;
    case 'stopped':
      return `stopped: ${event.reason}; ${event.signals} signals, ${event.checkpoints} checkpoints`;
    case 'advisory':
      return null;
  }
}

function foreignTalk(workspace: string, { id, metadata }: Snapshot): string {
  const who = metadata?.['tool'] === 'sightline' ? 'another run of sightline' : 'another tool';
  return `${workspace}: ${who} made the snapshot ${id}`;
}
