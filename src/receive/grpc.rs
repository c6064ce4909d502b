//! OTLP over gRPC: `TraceService.Export`, packed with gzip or not, over HTTP/2 without TLS.
//!
//! A message is taken like a body, and handed on as the bytes that it is, so that it comes and is read within the same
//! bounds as one that came by HTTP.

use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{self, HeaderValue, StatusCode, header};
use bytes::{Buf, BufMut, Bytes};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::{Code, Response, Status};

use super::answer::response;
use super::body::{MOST, PATIENCE, Taken};
use super::http::stranger;
use super::refused::{Refused, Why};
use super::taking::Taking;
use crate::capture::otlp::Encoding;
use crate::run::listen::{self, Door};

/// Where spans are sent.
const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
/// Where metrics and logs are.
const SIGNALS: [&str; 2] = [
    "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
];
/// Calls that are unpacked and read at once; more wait. Each may take the bytes of a message once more.
const CALLS: usize = 4;
/// Calls of one connection at a time.
const STREAMS: u32 = 16;
/// Bytes that a call, and all calls of a connection, may send before they are looked at: for those there is no other room.
const AHEAD: u32 = 64 << 10;
const ALL_AHEAD: u32 = 256 << 10;
/// After how long of silence a client is asked whether it is there, and how long it may take to say so.
const SILENCE: Duration = Duration::from_secs(20);
const REPLY: Duration = Duration::from_secs(5);

/// Takes what comes through the door, until it is told to stop.
pub async fn serve(taking: Taking, listener: TcpListener, door: Door) {
    let stop = taking.stop.clone();
    let (door, calls) = (Arc::new(door), Arc::new(Semaphore::new(CALLS)));
    let mut h2 = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    h2.timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(AHEAD)
        .initial_connection_window_size(ALL_AHEAD)
        .keep_alive_interval(SILENCE)
        .keep_alive_timeout(REPLY);
    let open = |stream| {
        let asked = CancellationToken::new();
        let silence = listen::silence(asked.clone());
        let (taking, door, calls) = (taking.clone(), Arc::clone(&door), Arc::clone(&calls));
        let service = hyper::service::service_fn(move |request| {
            asked.cancel();
            let (taking, door, calls) = (taking.clone(), Arc::clone(&door), Arc::clone(&calls));
            async move { Ok::<_, Infallible>(answered(&taking, &door, &calls, request).await) }
        });
        (h2.serve_connection(stream, service), silence)
    };
    listen::connections(listener, stop, open).await;
}

async fn answered(
    taking: &Taking,
    door: &Door,
    calls: &Semaphore,
    mut request: http::Request<Incoming>,
) -> http::Response<Body> {
    taking.begin();
    // HTTP/2 says in its authority what `Host` says in HTTP/1.
    let authority = request.uri().authority().and_then(|name| HeaderValue::from_str(name.as_str()).ok());
    if let Some(name) = authority {
        request.headers_mut().insert(header::HOST, name);
    }
    let media = request.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if !media.starts_with(b"application/grpc") {
        taking.refuse(Why::Type).await;
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return response;
    }
    let refused = stranger(door, request.headers()).err().or_else(|| match request.uri().path() {
        PATH => None,
        path if SIGNALS.contains(&path) => {
            Some(Refused::new(Why::Signal, "metrics and logs are not taken here, spans are"))
        }
        _ => Some(Refused::new(Why::Place, "spans are taken here, and nothing else")),
    });
    if let Some(refused) = refused {
        taking.refuse(refused.why).await;
        return status(&refused).into_http();
    }
    // Nobody waits for who sends slowly: a message has its turn once all of it is here.
    let (head, body) = request.into_parts();
    let body = match taking.room.take(&head.headers, axum::body::Body::new(body)).await {
        Ok(body) => body,
        Err(refused) => {
            taking.refuse(refused.why).await;
            return status(&refused).into_http();
        }
    };
    let request = http::Request::from_parts(head, Full::new(body.bytes.clone()));
    let is_read = AtomicBool::new(false);
    let called = async {
        let _turn = calls.acquire().await;
        let mut grpc =
            Grpc::new(Raw).accept_compressed(CompressionEncoding::Gzip).max_decoding_message_size(MOST);
        let service = tower::service_fn(|request: tonic::Request<Bytes>| {
            is_read.store(true, Ordering::Relaxed);
            export(taking, request.into_inner())
        });
        grpc.unary(service, request).await
    };
    let Ok(response) = tokio::time::timeout(PATIENCE, called).await else {
        let refused = Refused::new(Why::Busy, "too much waits to be read: try again");
        taking.refuse(refused.why).await;
        return status(&refused).into_http();
    };
    if !is_read.load(Ordering::Relaxed) {
        // It did not get as far as to be a message.
        let code = Status::from_header_map(response.headers()).map_or(Code::Unknown, |status| status.code());
        taking.refuse(unread(code)).await;
    }
    response
}

/// Why a message was not even handed on, by the code that its sender is told.
fn unread(code: Code) -> Why {
    match code {
        Code::OutOfRange | Code::ResourceExhausted => Why::Large,
        Code::Unimplemented => Why::Packing,
        _ => Why::Broken,
    }
}

async fn export(taking: &Taking, message: Bytes) -> Result<Response<ExportTraceServiceResponse>, Status> {
    match taking.take(Taken::of(message), Encoding::Protobuf).await {
        Ok(partial) => Ok(Response::new(response(&partial))),
        Err(refused) => {
            taking.refuse(refused.why).await;
            Err(status(&refused))
        }
    }
}

fn status(refused: &Refused) -> Status {
    Status::new(Code::from(refused.why.code()), refused.message.clone())
}

/// Messages in as bytes, answers out.
struct Raw;

impl Codec for Raw {
    type Encode = ExportTraceServiceResponse;
    type Decode = Bytes;
    type Encoder = Raw;
    type Decoder = Raw;

    fn encoder(&mut self) -> Raw {
        Raw
    }

    fn decoder(&mut self) -> Raw {
        Raw
    }
}

impl Encoder for Raw {
    type Item = ExportTraceServiceResponse;
    type Error = Status;

    fn encode(&mut self, item: ExportTraceServiceResponse, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_slice(&item.encode_to_vec());
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}
