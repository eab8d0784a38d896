/** The agents of the demo: one a part, so that the agent of a signal shows which part it belongs to. */

export type ActorName =
  | 'claude'
  | 'gemini'
  | 'copilot'
  | 'openclaw'
  | 'hermes'
  | 'codex'
  | 'cosh'
  | 'agentscope'
  | 'qwencode'
  | 'runloop'
  | 'coshng';

/** Directories below the demo's workspaces; agents that never act share one with an agent that does. */
export type Project = 'billing' | 'search' | 'mobile' | 'importer' | 'deploy' | 'archive';

/** One simulated agent process, as agentsight would describe it. */
export type Actor = {
  readonly agent: string;
  readonly processName: string;
  readonly pid: number;
  readonly provider: string;
  readonly model: string;
  readonly server: string;
  readonly path: string;
  readonly project: Project;
};

const ANTHROPIC = {
  provider: 'anthropic',
  model: 'claude-sonnet-4-5',
  server: 'api.anthropic.com',
  path: '/v1/messages',
};
const OPENAI = { provider: 'openai', model: 'gpt-5.1', server: 'api.openai.com', path: '/v1/chat/completions' };
const QWEN = { provider: 'openai', model: 'qwen3-max', server: 'llm.example.internal', path: '/v1/chat/completions' };
const GEMINI = { provider: 'gemini', model: 'gemini-3-pro', server: 'llm.example.internal', path: '/v1beta/models' };

/** The whole cast. Pids are above Linux's default maximum, so that they can name no process of this machine. */
export const CAST: Readonly<Record<ActorName, Actor>> = {
  claude: { agent: 'Claude', processName: 'claude', pid: 4_200_101, project: 'billing', ...ANTHROPIC },
  gemini: { agent: 'Gemini', processName: 'node', pid: 4_200_102, project: 'search', ...GEMINI },
  copilot: { agent: 'Copilot', processName: 'copilot', pid: 4_200_103, project: 'mobile', ...OPENAI },
  openclaw: { agent: 'OpenClaw', processName: 'node', pid: 4_200_104, project: 'billing', ...QWEN },
  hermes: { agent: 'Hermes', processName: 'python3', pid: 4_200_105, project: 'search', ...ANTHROPIC },
  codex: { agent: 'Codex', processName: 'codex', pid: 4_200_106, project: 'mobile', ...OPENAI },
  cosh: { agent: 'Cosh', processName: 'cosh', pid: 4_200_107, project: 'deploy', ...QWEN },
  agentscope: { agent: 'AgentScope', processName: 'python3', pid: 4_200_108, project: 'archive', ...OPENAI },
  qwencode: { agent: 'QwenCode', processName: 'node', pid: 4_200_109, project: 'importer', ...QWEN },
  runloop: { agent: 'Runloop', processName: 'runloop', pid: 4_200_110, project: 'deploy', ...OPENAI },
  coshng: { agent: 'CoshNG', processName: 'cosh-ng', pid: 4_200_111, project: 'archive', ...ANTHROPIC },
};
