import { runPlayer } from '../../feeds/demo/player.ts';
import { parsePlayerOptions } from '../../feeds/demo/protocol.ts';

/** The process that plays agentsight for the demo, with its options as JSON. Returns the exit code. */
export async function runDemoPlayer(json: string): Promise<number> {
  try {
    const io = { input: process.stdin, output: process.stdout, now: () => Date.now() };
    await runPlayer(parsePlayerOptions(json), io);
    return 0;
  } catch (error) {
    process.stderr.write(`demo-player: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
