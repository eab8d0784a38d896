import { CLAUDE } from './claude/index.ts';
import type { Provider } from './provider.ts';

/** The media that are agents' own records. */
export const RECORD_MEDIA = ['claude'] as const;

export type RecordMedium = (typeof RECORD_MEDIA)[number];

/** THE table of agents whose own records can be read: a new agent is one folder and one row. */
export const PROVIDERS: Readonly<Record<RecordMedium, Provider>> = {
  claude: CLAUDE as Provider,
};
