import * as z from 'zod';
import { EXIT } from './exit-codes.ts';
import { printJson } from '../effects/terminal/output.ts';
import { auditSchema } from './audit/schema.ts';
import { eventSchema } from './headless/schema.ts';
import { stateSchema } from './once/schema.ts';

/** Prints the JSON Schema of the document of `once --json`. Returns the exit code. */
export function printStateSchema(): number {
  return printSchema('sightline.state/1', stateSchema);
}

/** Prints the JSON Schema of the document of `audit --json`. Returns the exit code. */
export function printAuditSchema(): number {
  return printSchema('sightline.audit/1', auditSchema);
}

/** Prints the JSON Schema of one line of `headless`. Returns the exit code. */
export function printEventSchema(): number {
  return printSchema('sightline.event/1', eventSchema);
}

function printSchema(title: string, schema: z.ZodType): number {
  printJson({ title, ...z.toJSONSchema(schema) }, { indent: 2 });
  return EXIT.done;
}
