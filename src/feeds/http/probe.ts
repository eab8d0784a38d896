import { nodeHttp } from './request/node-http.ts';

const DEADLINE_MS = 500;
const MAX_ANSWER_CHARS = 4_096;

/** Null where agentsight answers at the address, else why it is none. Never rejects. */
export async function whyNoServer(base: string): Promise<string | null> {
  try {
    const health = await ask(`${base}/health`);
    return /^\s*\{.*"status"\s*:\s*"ok"/su.test(health) ? null : 'another program answers there';
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    return code === 'ECONNREFUSED' ? 'nothing listens there' : 'it does not answer';
  }
}

async function ask(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = nodeHttp().get(address, { signal: AbortSignal.timeout(DEADLINE_MS), agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text = (text + part).slice(0, MAX_ANSWER_CHARS);
      });
      answer.on('error', reject);
      answer.on('end', () => resolve(text));
    });
    request.on('error', reject);
  });
}
