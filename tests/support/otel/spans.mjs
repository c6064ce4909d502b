// Calls to a shop, told by the SDK of OpenTelemetry for JavaScript, which sends JSON: spans.mjs FOLDER ENDPOINT, where
// FOLDER holds its packages.
import { createRequire } from 'node:module';

const [, , folder, url] = process.argv;
const require = createRequire(`${folder}/`);
const { BasicTracerProvider, BatchSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-http');
const { SpanKind } = require('@opentelemetry/api');

const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))] });
const tracer = provider.getTracer('shop');
for (const number of [4711, 4712]) {
  const attributes = {
    'http.request.method': 'GET',
    'url.full': `https://api.shop.example/orders/${number}?expand=lines`,
    'http.response.status_code': 200,
    'http.request.header.x-api-key': ['k3y-of-the-suite-0123456789'],
    'http.response.header.content-type': ['application/json'],
    'http.response.body': JSON.stringify({ id: number, open: true }),
  };
  tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes }).end();
}
await provider.shutdown();
