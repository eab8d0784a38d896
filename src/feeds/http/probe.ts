import { answerTo } from './request/answer.ts';
import { nodeHttp } from './request/answer.ts';
import { problemOf } from './request/problem.ts';

const DEADLINE_MS = 500;
const MAX_ANSWER_CHARS = 4_096;

/** Returns null where agentsight answers at the address, else why it does not; takes half a second at most. Never rejects. */
export async function whyNoServer(base: string): Promise<string | null> {
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
    if ((await Promise.race([read(), late.promise])) === 'late') return 'it does not answer';
    return /^\s*\{.*"status"\s*:\s*"ok"/su.test(text) ? null : 'another program answers there';
  } catch (error) {
    const { kind } = problemOf(error);
    if (kind.type === 'network' && kind.code === 'ECONNREFUSED') return 'nothing listens there';
    return kind.type === 'status' ? 'another program answers there' : 'it does not answer';
  } finally {
    clearTimeout(deadline);
    request.destroy();
  }
}
