//! OTLP over HTTP: `POST /v1/traces`, protobuf or JSON, packed with gzip or not.

use std::net::TcpListener;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use axum::routing::any;

use super::answer;
use super::held::Partial;
use super::refused::{Refused, Why};
use super::taking::Taking;
use crate::capture::otlp::Encoding;
use crate::run::listen::{self, Door};

/// Where spans are sent.
pub const PATH: &str = "/v1/traces";

/// Takes what comes through the door, until it is told to stop.
pub async fn serve(taking: Taking, listener: TcpListener, door: Door) {
    let stop = taking.stop.clone();
    let signals = any(async |state, request| refuse(state, request, Why::Signal).await);
    let router = Router::new()
        .route(PATH, any(traces))
        .route("/v1/metrics", signals.clone())
        .route("/v1/logs", signals)
        .fallback(async |state, request| refuse(state, request, Why::Place).await)
        .with_state((taking, door));
    listen::serve(listener, router, stop).await;
}

type Place = State<(Taking, Door)>;

async fn traces(State((taking, door)): Place, request: Request) -> Response {
    taking.begin();
    let said = encoding(request.headers());
    let taken = match look(&door, &request, said) {
        Ok(encoding) => take(&taking, request, encoding).await,
        Err(refused) => Err(refused),
    };
    let encoding = said.unwrap_or(Encoding::Json);
    match taken {
        Ok(partial) => answer::taken(&partial, encoding),
        Err(refused) => {
            taking.refuse(refused.why).await;
            answer::refused(&refused, encoding)
        }
    }
}

/// Whether a request may send spans, and in which encoding.
fn look(door: &Door, request: &Request, said: Option<Encoding>) -> Result<Encoding, Refused> {
    stranger(door, request.headers())?;
    if request.method() != Method::POST {
        return Err(Refused::new(Why::Method, "spans are sent with POST"));
    }
    said.ok_or_else(|| {
        Refused::new(Why::Type, "the content type is application/x-protobuf or application/json")
    })
}

async fn take(taking: &Taking, request: Request, encoding: Encoding) -> Result<Partial, Refused> {
    let (head, body) = request.into_parts();
    let body = taking.room.take(&head.headers, body).await?;
    taking.take(body, encoding).await
}

/// Refuses whatever is sent to a place that takes nothing.
async fn refuse(State((taking, door)): Place, request: Request, why: Why) -> Response {
    taking.begin();
    let message = match why {
        Why::Signal => "metrics and logs are not taken here, spans are: POST /v1/traces",
        _ => "nothing is here; spans are taken: POST /v1/traces",
    };
    let refused = stranger(&door, request.headers()).err().unwrap_or_else(|| Refused::new(why, message));
    taking.refuse(refused.why).await;
    answer::refused(&refused, encoding(request.headers()).unwrap_or(Encoding::Json))
}

/// Refuses web pages, and who asks for another name.
pub fn stranger(door: &Door, headers: &HeaderMap) -> Result<(), Refused> {
    door.refusal(headers).map_or(Ok(()), |(_, message)| Err(Refused::new(Why::Stranger, message)))
}

/// The encoding that a request says to have.
fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())?;
    let essence = said.split(';').next().unwrap_or_default().trim();
    [Encoding::Protobuf, Encoding::Json]
        .into_iter()
        .find(|one| essence.eq_ignore_ascii_case(answer::media(*one)))
}
