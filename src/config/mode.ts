import type { Mode } from '../core/signals.ts';
import { ConfigError } from './error.ts';
import { type Layer, type Layers, pick } from './layers.ts';

/** The mode to start in; `by` is null if none was given (observe). */
export type ModeChoice = {
  readonly mode: Mode;
  readonly by: Layer | null;
  readonly readOnly: boolean;
  readonly notices: readonly string[];
};

/**
 * Read-only is observe. A mode that acts, given at the same level or at a more specific one, contradicts it: an error
 * rather than a guess. Throws ConfigError.
 */
export function chooseMode(layers: Layers): ModeChoice {
  const mode = pick(layers, 'mode');
  const readOnly = pick(layers, 'readOnly');
  const choice = {
    mode: mode?.value ?? 'observe',
    by: mode?.layer ?? null,
    readOnly: readOnly?.value ?? false,
  } as const;
  if (!choice.readOnly || choice.mode === 'observe') return { ...choice, notices: armedByAgentsight(choice) };
  const name = readOnly?.layer.nameOf('readOnly');
  if (mode !== null && readOnly !== null && mode.rank <= readOnly.rank) {
    const acting = `${mode.layer.nameOf('mode')} ${mode.value}`;
    throw new ConfigError(`${name} never acts and contradicts ${acting} (--arm); leave one of them out`);
  }
  return { ...choice, mode: 'observe', notices: [`${name} outranks mode ${choice.mode}: nothing will act`] };
}

function armedByAgentsight({ mode, by }: Pick<ModeChoice, 'mode' | 'by'>): readonly string[] {
  if (by?.origin !== 'agentsight' || mode === 'observe') return [];
  return [`armed by ${by.nameOf('mode')}.enabled; give --mode observe to watch only`];
}

/** Checks that there is a workspace if the mode acts. If only agentsight's section arms us, its lack is a notice. Throws ConfigError. */
export function requireWorkspace(choice: ModeChoice, usable: number): ModeChoice {
  if (choice.mode === 'observe' || usable > 0) return choice;
  const remedy = 'name an existing folder with --workspace DIR or in the configuration file';
  if (choice.by?.origin === 'agentsight') {
    return { ...choice, mode: 'observe', notices: [`not armed as agentsight asks: there is no workspace; ${remedy}`] };
  }
  throw new ConfigError(`mode ${choice.mode} cannot be armed: there is no workspace to checkpoint; ${remedy}`);
}
