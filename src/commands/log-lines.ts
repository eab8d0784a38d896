import type { Snapshot } from '../core/snapshots.ts';
import type { SourceHealth } from '../core/sources.ts';
import type { Ms } from '../core/units.ts';
import type { LogLevel } from '../effects/terminal/output.ts';
import type { EngineEvent } from '../engine/types.ts';
import { wordRefusal } from '../wording/refusals.ts';
import { wordSource } from '../wording/sources.ts';
import { counted, left } from '../wording/units.ts';

/** Formats an event as a line for standard error; null where standard output has it all. */
export function lineOf(event: EngineEvent): string | null {
  switch (event.type) {
    case 'talk':
      return event.line;
    case 'started': {
      const sources = event.sources
        .map(
          ({ health }) => `${health.uri} ${health.status} (${wordSource(health.detail)}${retryNote(health, event.at)})`,
        )
        .join('; ');
      return `started in mode ${event.mode}; sources: ${sources || 'none'}`;
    }
    case 'source': {
      const { health } = event.source;
      return `${health.uri}: ${health.status}: ${wordSource(health.detail)}${retryNote(health, event.at)}`;
    }
    case 'notice':
      if (event.notice.type === 'refused') return `${event.notice.action} refused: ${wordRefusal(event.notice.reason)}`;
      return event.notice.type === 'foreign' ? foreignTalk(event.notice.workspace, event.notice.snapshot) : null;
    case 'stopped':
      return `stopped: ${event.reason}; ${counted(event.signals, 'signal')}, ${counted(event.checkpoints, 'checkpoint')}`;
    case 'advisory':
      return null;
  }
}

/** Returns the level of the line of an event. */
export function levelOf(event: EngineEvent): LogLevel {
  switch (event.type) {
    case 'source':
      return event.source.health.status === 'ok' ? 'info' : 'warning';
    case 'notice':
      return event.notice.type === 'refused' ? 'warning' : 'notice';
    case 'started':
    case 'stopped':
      return 'notice';
    case 'talk':
    case 'advisory':
      return 'info';
  }
}

function retryNote({ retryAt }: Pick<SourceHealth, 'retryAt'>, now: Ms): string {
  return typeof retryAt === 'number' ? `; next retry in ${left(retryAt, now)}` : '';
}

function foreignTalk(workspace: string, { id, metadata }: Snapshot): string {
  const who = metadata?.['tool'] === 'sightline' ? 'another run of sightline' : 'another tool';
  return `${workspace}: checkpoint ${id} made by ${who}`;
}
