import type { LocateProblem } from '../../core/source-reasons.ts';
import { answerTo, nodeHttp } from './request/answer.ts';
import { problemOf } from './request/problem.ts';

const DEADLINE_MS = 500;
const MAX_ANSWER_CHARS = 4_096;

/** Returns null if agentsight answers at the address, else the reason; takes half a second at most. Never rejects. */
export async function whyNoServer(base: string): Promise<LocateProblem | null> {
  const request = nodeHttp().get(`${base}/health`, { agent: false });
  let text = '';
  const late = Promise.withResolvers<'late'>();
  const deadline = setTimeout(() => late.resolve('late'), DEADLINE_MS);
  const read = async (): Promise<'read'> => {
    const answer = await answerTo(request, DEADLINE_MS);
    answer.setEncoding('utf8');
    for await (const part of answer as AsyncIterable<string>) {
      text += part;
      if (text.length > MAX_ANSWER_CHARS) break;
    }
    return 'read';
  };
  try {
    if ((await Promise.race([read(), late.promise])) === 'late') return { code: 'no_reply' };
    return /^\s*\{.*"status"\s*:\s*"ok"/su.test(text) ? null : { code: 'other_program' };
  } catch (error) {
    const { failure } = problemOf(error);
    if (failure.code === 'network' && failure.error === 'ECONNREFUSED') return { code: 'nothing_listens' };
    return { code: failure.code === 'status' ? 'other_program' : 'no_reply' };
  } finally {
    clearTimeout(deadline);
    request.destroy();
  }
}
