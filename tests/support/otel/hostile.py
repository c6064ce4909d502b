"""What nobody should send by gRPC, and a span that is one: hostile.py HOST:PORT. Prints the code of each as JSON."""

import json
import socket
import sys

import grpc

address = sys.argv[1]
channel = grpc.insecure_channel(address, options=[("grpc.max_send_message_length", -1)])
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def code(path, body, channel=channel, compression=None):
    """The code of a call."""
    try:
        channel.unary_unary(path)(body, timeout=60, compression=compression)
    except grpc.RpcError as error:
        return error.code().name
    return "OK"


# A port that is held by who says nothing.
idle = [socket.create_connection(tuple(address.rsplit(":", 1))) for _ in range(50)]
rebound = grpc.insecure_channel(address, options=[("grpc.default_authority", "rebound.example:4317")])
codes = {
    "metrics": code("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", b""),
    "unknown": code("/a.B/C", b""),
    "broken": code(TRACES, b"\x0a\xff"),
    "bomb": code(TRACES, bytes(40 << 20), compression=grpc.Compression.Gzip),
    "large": code(TRACES, bytes(40 << 20)),
    "rebound": code(TRACES, b"", channel=rebound),
    "empty": code(TRACES, b""),
}
print(json.dumps(codes))
