export type * from './core/events.ts';
export type { Config } from './core/config-type.ts';
