import type { Command } from 'commander';
import type { Flags } from '../config/settings.ts';

type Json = { readonly json?: boolean };

/** Adds the commands that explain: what is configured, and whether everything is there. */
export function addInsight(program: Command, onExit: (code: number) => void): void {
  program
    .command('config')
    .description('show every value of the configuration, and who said so')
    .option('--json', 'as JSON')
    .option('--schema', 'the JSON Schema of the configuration file instead')
    .action(async ({ json = false, schema = false }: Json & { readonly schema?: boolean }) => {
      if (schema) return printSchema();
      const { explainConfig } = await import('../config.ts');
      const { runConfig } = await import('../commands/config.ts');
      onExit(runConfig(explainConfig(program.opts<Flags>()), { json }));
    });
  program
    .command('doctor')
    .description('check feed, workspaces, checkpointers, state folder and terminal; exit 1 if something fails')
    .option('--json', 'as JSON')
    .action(async ({ json = false }: Json) => {
      const { loadConfig } = await import('../config.ts');
      const config = loadConfig(program.opts<Flags>(), false);
      const { runDoctor } = await import('../commands/doctor.ts');
      onExit(await runDoctor(config, { json }));
    });
}

async function printSchema(): Promise<void> {
  const { fileJsonSchema } = await import('../config/layers/file-schema.ts');
  process.stdout.write(`${JSON.stringify(fileJsonSchema(), null, 2)}\n`);
}
