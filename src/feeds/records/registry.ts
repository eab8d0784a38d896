import type { RecordMedium } from '../../core/sources.ts';
import { CLAUDE } from './claude/index.ts';
import { CODEX } from './codex/index.ts';
import { GEMINI } from './gemini/index.ts';
import { OPENCODE } from './opencode/index.ts';
import type { Provider } from './provider.ts';
import { QWEN } from './qwen/index.ts';

/**
 * THE table of agents whose own records can be read: a new agent is one folder and one row, here and in core's grammar of
 * sources (`MEDIA`), which the compiler asks for.
 */
export const PROVIDERS: Readonly<Record<RecordMedium, Provider>> = {
  claude: CLAUDE as Provider,
  codex: CODEX as Provider,
  gemini: GEMINI as Provider,
  opencode: OPENCODE,
  qwen: QWEN as Provider,
};
