"""Calls to a shop, told by the SDK of OpenTelemetry for Python: spans.py grpc|http ENDPOINT told|changed."""

import json
import sys

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind

protocol, endpoint, story = sys.argv[1:]
if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from grpc import Compression

    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True, compression=Compression.Gzip)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporter = OTLPSpanExporter(endpoint=endpoint, compression=Compression.Gzip)

provider = TracerProvider(resource=Resource.create({"service.name": "shop-tests"}))
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("shop")


def call(method, path, route, status, answer, sent=None):
    """A call as both sides tell it: who made it, and inside it who answered it."""
    attributes = {
        "http.request.method": method,
        "url.full": "https://api.shop.example" + path,
        "server.address": "api.shop.example",
        "server.port": 443,
        "http.response.status_code": status,
        "http.request.header.authorization": ["Bearer s3cr3t-t0ken-of-the-suite"],
        "http.response.header.content-type": ["application/json"],
        "http.response.body": json.dumps(answer),
    }
    if sent is not None:
        attributes["http.request.header.content-type"] = ["application/json"]
        attributes["http.request.body"] = json.dumps(sent)
    with tracer.start_as_current_span(method, kind=SpanKind.CLIENT, attributes=attributes):
        with tracer.start_as_current_span(
            f"{method} {route}",
            kind=SpanKind.SERVER,
            attributes={"http.request.method": method, "http.route": route, "url.path": path, "url.scheme": "https"},
        ):
            with tracer.start_as_current_span("db.query", attributes={"db.system.name": "sqlite"}):
                pass


def order(number):
    """An order, of which the other story lacks what it costs."""
    made = {"id": number, "state": "open", "buyer": "ann@example.org", "total": 12.5}
    if story == "changed":
        del made["total"]
    return made


for number in (4711, 4712, 4713, 4714):
    call("GET", f"/orders/{number}", "/orders/{id}", 200, order(number))
call("POST", "/orders", "/orders", 201, order(4715), {"item": "a lamp", "count": 1})
provider.shutdown()
