//! What a sender over HTTP is told, in the encoding in which it sent (OTLP/HTTP, "Response").

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::json;

use super::held::Partial;
use super::refused::{Refused, Why};
use crate::capture::otlp::Encoding;

/// Seconds after which a sender that was put off may try again.
const AGAIN: HeaderValue = HeaderValue::from_static("1");

/// `google.rpc.Status`, which says why a request was not taken. Of its details there are none.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    /// A code of gRPC.
    #[prost(int32, tag = "1")]
    code: i32,
    /// Why, for people.
    #[prost(string, tag = "2")]
    message: String,
}

/// The media type of an encoding.
pub const fn media(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Protobuf => "application/x-protobuf",
        Encoding::Json => "application/json",
    }
}

/// What became of the spans of a request, as the message of the protocol. Without `partial_success` all were taken.
pub fn response(partial: &Partial) -> ExportTraceServiceResponse {
    let partial_success = (partial.rejected() > 0).then(|| ExportTracePartialSuccess {
        rejected_spans: i64::try_from(partial.rejected()).unwrap_or(i64::MAX),
        error_message: partial.message(),
    });
    ExportTraceServiceResponse { partial_success }
}

/// That a request was taken.
pub fn taken(partial: &Partial, encoding: Encoding) -> Response {
    let body = match (encoding, partial.rejected()) {
        (Encoding::Protobuf, _) => response(partial).encode_to_vec(),
        (Encoding::Json, 0) => b"{}".to_vec(),
        // 64 bits are a text in JSON.
        (Encoding::Json, rejected) => {
            json!({"partialSuccess": {"rejectedSpans": rejected.to_string(), "errorMessage": partial.message()}})
                .to_string()
                .into_bytes()
        }
    };
    told(StatusCode::OK, encoding, body)
}

/// That it was not, and why.
pub fn refused(refused: &Refused, encoding: Encoding) -> Response {
    let (code, message) = (refused.why.code(), refused.message.clone());
    let body = match encoding {
        Encoding::Protobuf => Status { code, message }.encode_to_vec(),
        Encoding::Json => json!({"code": code, "message": message}).to_string().into_bytes(),
    };
    let mut response = told(refused.why.status(), encoding, body);
    match refused.why {
        Why::Busy => response.headers_mut().insert(header::RETRY_AFTER, AGAIN),
        Why::Method => response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST")),
        _ => None,
    };
    response
}

fn told(status: StatusCode, encoding: Encoding, body: Vec<u8>) -> Response {
    (status, [(header::CONTENT_TYPE, media(encoding))], Body::from(body)).into_response()
}
