import { systemClock } from '../effects/clock.ts';
import { userName } from '../effects/person.ts';
import { VERSION } from '../core/version.ts';
import type { Engine, EngineName } from '../engine/types.ts';

/** Returns the name of the engine of this process; `command` runs it. */
export function engineName(command: string): EngineName {
  const { pid } = process;
  return { run: `${pid}-${systemClock.now().toString(36)}`, pid, user: userName(), version: VERSION, command };
}

/**
 * Lets the consoles of this machine in (`sightline` without options attaches to this engine). An engine works without them: why they cannot come in is logged. The returned function sends them away.
 */
export async function letConsolesIn(
  engine: Engine,
  name: EngineName,
  group: string | null,
  talk: (line: string) => void,
): Promise<() => void> {
  // An upgrade under a running engine takes files of ours away.
  const local = await import('../remote/local.ts').catch(() => null);
  if (local === null) {
    talk('no console can attach: files of sightline are gone; restart it');
    return () => undefined;
  }
  const doors = await local.openLocalDoors(engine, name, { clock: systemClock, group });
  if (doors.ok) return doors.value.close;
  talk(`no console can attach: ${doors.reason}`);
  return () => undefined;
}
