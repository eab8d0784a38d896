import { wordSkip } from '../../src/wording/records.ts';
import type { Call } from '../../src/core/calls.ts';
import type { Interruption } from '../../src/core/interruptions.ts';
import type { SessionFacts } from '../../src/core/sessions.ts';
import { createBook } from '../../src/feeds/records/book.ts';
import type { Decoder, Provider } from '../../src/feeds/records/provider.ts';

/** What a provider found in some record files. */
export type RecordWorld = {
  /** Gives more records to a file; a new path is a new file. */
  readonly add: (path: string, ...records: readonly unknown[]) => void;
  /** The calls that are counted now, by time. */
  readonly calls: (conversationId?: string) => readonly Call[];
  /** Input and output tokens of each call. */
  readonly tokens: (conversationId?: string) => readonly string[];
  readonly session: (id: string) => SessionFacts | null;
  readonly interruptions: () => readonly Interruption[];
  readonly unknown: readonly string[];
  readonly malformed: readonly string[];
  /** Why tokens were left out, one for each record. */
  readonly uncounted: readonly string[];
};

/** Reads record files that are given as their records, in the order of the arguments. */
export function recordWorld<S>(
  provider: Provider<S>,
  files: Readonly<Record<string, readonly unknown[]>> = {},
): RecordWorld {
  const store = provider.store();
  if (store.type !== 'files') throw new Error('no files');
  const unknown: string[] = [];
  const malformed: string[] = [];
  const uncounted: string[] = [];
  const book = createBook({
    agent: provider.agent,
    copies: (store.copies ?? null) as Parameters<typeof createBook>[0]['copies'],
    unknown: (kind, version) => void unknown.push(`${kind} ${version ?? ''}`.trim()),
    malformed: (why) => void malformed.push(wordSkip({ code: 'agent_record', file: null, why })),
    uncounted: (_, cause) => void uncounted.push(cause),
  });
  const decoders = new Map<string, Decoder<S>>();
  const calls = new Map<string, Call>();
  const interruptions = new Map<string, Interruption>();
  const add: RecordWorld['add'] = (path, ...records) => {
    let decoder = decoders.get(path);
    if (decoder === undefined) {
      const name = store.identify(path.split('/'));
      if (name === null) return;
      const file = book.add(name);
      decoder = store.decoder(name, file.sink);
      file.state = decoder.state;
      decoders.set(path, decoder);
    }
    for (const [index, record] of records.entries()) decoder.record(record, { offset: index, index: 0 });
  };
  const take = (): void => {
    for (const event of book.take(() => 'historical')) {
      if (event.type === 'call') calls.set(event.record, event.call);
      else if (event.type === 'interruption') interruptions.set(event.record, event.interruption);
      else if (event.type === 'withdrawn') calls.delete(event.record);
    }
  };
  const counted: RecordWorld['calls'] = (conversationId) => {
    take();
    const all = [...calls.values()].sort((a, b) => Number((a.endNs ?? 0n) - (b.endNs ?? 0n)));
    return all.filter((call) => conversationId === undefined || call.conversationId === conversationId);
  };
  for (const [path, records] of Object.entries(files)) add(path, ...records);
  return {
    add,
    calls: counted,
    tokens: (id) => counted(id).map(({ usage }) => `${usage?.inputTokens ?? '-'} ${usage?.outputTokens ?? '-'}`),
    session: (id) => {
      take();
      return book.session(id);
    },
    interruptions: () => {
      take();
      return [...interruptions.values()];
    },
    unknown,
    malformed,
    uncounted,
  };
}
