/** What `once --fail-on` takes, worst first. */
export const FAIL_ON = ['critical', 'high', 'medium', 'low', 'none'] as const;

/** Shells that we can write completions for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** How a source may begin, for completions. */
export const SOURCE_FORMS = ['sqlite:', 'jsonl:', 'logtail:', 'http://', 'https://', '-'] as const;
