/** Files (links included) and their bytes. */
export type Amount = { readonly files: number; readonly bytes: number };
