import type { SessionFacts } from '../../src/core/sessions.ts';

/** A session of which only its agent is known. */
export const NO_FACTS: SessionFacts = {
  sessionId: '',
  agent: 'Claude',
  parentId: null,
  forkedFrom: null,
  cwd: null,
  title: null,
  context: null,
  compactions: 0,
  retries: 0,
  state: null,
  pid: null,
  open: null,
  quota: [],
  startedAt: null,
  lastAt: null,
};
