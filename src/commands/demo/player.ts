import { printError, printJson } from '../../effects/terminal/output.ts';
import { runPlayer } from '../../feeds/demo/player.ts';
import { parsePlayerOptions } from '../../feeds/demo/protocol.ts';

/** The process that plays agentsight for the demo, with its options as JSON. Returns the exit code. */
export async function runDemoPlayer(json: string): Promise<number> {
  try {
    const io = { input: process.stdin, send: (message: object): void => printJson(message), now: () => Date.now() };
    await runPlayer(parsePlayerOptions(json), io);
    return 0;
  } catch (error) {
    printError(`demo-player: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}
