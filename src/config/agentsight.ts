import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { MAX_SECONDS } from './duration.ts';
import type { Environment } from './flags.ts';
import { errnoOf, fileReasonOf } from '../core/errno.ts';
import { wordFileCause } from '../wording/files.ts';
import type { Settings } from './options.ts';

/** agentsight's configuration file; `AGENTSIGHT_CONFIG` names another file. */
const AGENTSIGHT_CONFIG = '/etc/agentsight/config.json';

const reactive = z.lazy(() =>
  z.looseObject({
    enabled: z.boolean().optional(),
    debounce_secs: z.number().min(0).max(MAX_SECONDS).optional(),
    workspace: z.string().min(1).nullish(),
    workspace_path: z.string().min(1).nullish(),
  }),
);
const schema = z.lazy(() => z.looseObject({ reactive: reactive.optional() }));

/** agentsight's own `reactive` section: its settings, and what a person should know about them. Never throws. */
export type AgentsightSection = {
  readonly settings: Settings;
  readonly path: string;
  readonly notices: readonly string[];
};

export function readAgentsightSection(env: Environment): AgentsightSection {
  const asked = env['AGENTSIGHT_CONFIG'] || undefined;
  const path = asked ?? AGENTSIGHT_CONFIG;
  const nothing = (notice: string): AgentsightSection => ({ settings: {}, path, notices: [notice] });
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    if (asked === undefined && isAbsent(error)) return { settings: {}, path, notices: [] };
    return nothing(`agentsight's configuration ${path} is ignored: ${wordFileCause(fileReasonOf(error))}`);
  }
  const result = schema.safeParse(content);
  if (!result.success) {
    const [issue] = result.error.issues;
    return nothing(`the reactive section of ${path} is ignored: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  return { settings: toSettings(result.data.reactive), path, notices: [] };
}

function toSettings(section: z.output<typeof reactive> | undefined): Settings {
  if (section === undefined) return {};
  const workspace = section.workspace ?? section.workspace_path ?? undefined;
  return {
    ...(section.enabled === true && { mode: 'auto' as const }),
    ...(section.debounce_secs !== undefined && { debounce: Math.round(section.debounce_secs * 1_000) }),
    ...(workspace !== undefined && { workspace }),
  };
}

function isAbsent(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT';
}
