import type { EngineEvent } from '../../engine/types.ts';
import { logOf, spokenOf, toastOf, type Word } from './words.ts';

type Ear = { readonly toast: (text: string, kind: Word['kind']) => void; readonly log: (text: string) => void };

/** Brings what happens to the screen: everything as a line where it is spoken, else a toast and a line of the log. */
export function hear(event: EngineEvent, screen: Ear, spoken: boolean): void {
  if (spoken) {
    const line = spokenOf(event);
    if (line !== null) screen.log(line);
    return;
  }
  const toast = toastOf(event);
  if (toast !== null) screen.toast(toast.text, toast.kind);
  const line = logOf(event);
  if (line !== null) screen.log(line);
}
