/** The settings that make each agent send its telemetry to us (contract, section 8). */
export type TelemetrySettings = { readonly agent: string; readonly where: string; readonly lines: readonly string[] };

/** The settings for a source at `address` (HOST:PORT); `hasToken`: senders have to give its token. */
export function telemetrySettings(address: string, hasToken: boolean): readonly TelemetrySettings[] {
  const base = `http://${address}`;
  const endpoint = `${base}/v1/logs`;
  const header = 'Authorization=Bearer TOKEN';
  return [
    {
      agent: 'Claude Code',
      where: 'environment',
      lines: [
        'CLAUDE_CODE_ENABLE_TELEMETRY=1 OTEL_LOGS_EXPORTER=otlp OTEL_EXPORTER_OTLP_LOGS_PROTOCOL=http/json',
        `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT=${endpoint}`,
        ...(hasToken ? [`OTEL_EXPORTER_OTLP_HEADERS='${header}'`] : []),
      ],
    },
    {
      agent: 'Codex',
      where: '~/.codex/config.toml',
      lines: [
        '[otel]',
        `exporter = { otlp-http = { endpoint = "${endpoint}", protocol = "json"${
          hasToken ? ', headers = { Authorization = "Bearer TOKEN" }' : ''
        } } }`,
      ],
    },
    {
      agent: 'Gemini CLI',
      where: '~/.gemini/settings.json',
      lines: [
        `{ "telemetry": { "enabled": true, "otlpProtocol": "http", "otlpEndpoint": "${base}" } }`,
        ...(hasToken ? [`and in the environment OTEL_EXPORTER_OTLP_HEADERS='${header}'`] : []),
      ],
    },
  ];
}
