//! A socket in, requests to a service out: bounded connections, headers that must arrive, an end that is waited for.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use subtle::ConstantTimeEq;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

/// Connections at one time; more wait to be taken.
const CONNECTIONS: usize = 256;
/// The port that clients leave out of `Host`.
const HTTP: u16 = 80;
/// How long the headers of a request may take.
const HEADERS: Duration = Duration::from_secs(10);
/// How long calls may go on once the end has come.
const END: Duration = Duration::from_secs(2);
/// How long nothing is taken after the system could give no connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Who may ask.
#[derive(Clone)]
pub struct Door {
    /// What a request must show in `Authorization: Bearer`; none: nothing.
    pub token: Option<Arc<Zeroizing<String>>>,
    /// Names by which the server is reached, as they stand in `Host`: with the port, or without where clients leave it
    /// out.
    pub hosts: Arc<Vec<String>>,
}

impl Door {
    /// The door of a server that listens there. It is reached by the names of its address, and by those that `more` says,
    /// in lower case: a name with a port by that alone, one without by itself (something in front of the server listens
    /// on a port of its own) and with the server's port.
    pub fn new(token: Option<Zeroizing<String>>, address: std::net::SocketAddr, more: &[String]) -> Door {
        let port = address.port();
        let mut names = vec![match address.ip() {
            std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            std::net::IpAddr::V4(ip) => ip.to_string(),
        }];
        if address.ip().is_loopback() || address.ip().is_unspecified() {
            names.extend(["localhost", "127.0.0.1", "[::1]"].map(str::to_owned));
        }
        let with_port = |name: &String| format!("{name}:{port}");
        let mut hosts: Vec<String> = names.iter().map(with_port).collect();
        if port == HTTP {
            hosts.append(&mut names);
        }
        for name in more {
            hosts.push(name.clone());
            // What is after the last colon of an address of version 6 is no port.
            if name.ends_with(']') || !name.contains(':') {
                hosts.push(with_port(name));
            }
        }
        Door { token: token.map(Arc::new), hosts: Arc::new(hosts) }
    }

    /// Whether a request may pass, or what it is told.
    ///
    /// A page of some website that is open in a browser on this machine can reach a loopback address: by its name
    /// (a name that was bound anew to this address), or across origins. It can neither set `Host` nor hide `Origin`.
    pub fn refusal(&self, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let host = text(header::HOST).unwrap_or_default().to_ascii_lowercase();
        if !self.hosts.contains(&host) {
            return Some((StatusCode::FORBIDDEN, "the Host of the request is none of this server's"));
        }
        // A page of our own would have an origin that is ours; there is none, but its requests would be no attack.
        let own = |origin: &str| self.hosts.iter().any(|own| origin.strip_prefix("http://") == Some(own));
        if headers.contains_key(header::ORIGIN) && !text(header::ORIGIN).is_some_and(own) {
            return Some((StatusCode::FORBIDDEN, "requests of web pages are not answered"));
        }
        let token = self.token.as_ref()?;
        let shown = text(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let is_known = shown.is_some_and(|shown| shown.as_bytes().ct_eq(token.as_bytes()).into());
        (!is_known).then_some((StatusCode::UNAUTHORIZED, "the bearer token is missing or another one"))
    }
}

/// A router that only who may ask gets to.
pub fn behind(door: Door, router: Router) -> Router {
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let refused = door.refusal(request.headers());
        async move {
            match refused {
                None => next.run(request).await,
                Some((status, why)) => refused_with(status, why),
            }
        }
    }))
}

/// An answer in JSON that says why there is no other.
pub fn refused_with(status: StatusCode, why: &str) -> Response {
    let body = serde_json::json!({"error": why}).to_string();
    let mut response =
        (status, [(header::CONTENT_TYPE, "application/json")], Body::from(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    }
    response
}

/// Serves a router over HTTP/1 until `stop`; then lets what was begun end, for two seconds.
pub async fn serve(listener: std::net::TcpListener, router: Router, stop: CancellationToken) {
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS);
    // Each of its requests has to come in time, the first too.
    let open = |stream| {
        (http.serve_connection(stream, TowerToHyperService::new(router.clone())), std::future::pending())
    };
    connections(listener, stop, open).await;
}

/// Waits until nobody has asked for anything in the time that headers may take, which is said by `asked`.
#[cfg(feature = "otlp-grpc")]
pub async fn silence(asked: CancellationToken) {
    if tokio::time::timeout(HEADERS, asked.cancelled()).await.is_ok() {
        std::future::pending().await
    }
}

/// Takes connections until `stop`, and lets `open` speak on each, until what it gives beside that says that the
/// connection is of no use; then lets what was begun end, for two seconds.
pub async fn connections<C, U>(
    listener: std::net::TcpListener,
    stop: CancellationToken,
    open: impl Fn(TokioIo<TcpStream>) -> (C, U),
) where
    C: GracefulConnection + Send + 'static,
    C::Error: Send,
    U: Future<Output = ()> + Send + 'static,
{
    // It was bound and made non-blocking before; nothing is left that could fail but the system itself.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let taken = tokio::select! {
            () = stop.cancelled() => break,
            taken = async {
                let slot = Arc::clone(&slots).acquire_owned().await;
                (slot, listener.accept().await)
            } => taken,
        };
        let (Ok(slot), Ok((stream, _))) = taken else {
            // Out of files, most likely: those that are served give some back.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        // Small answers are not held back until another one could go with them.
        let _ = stream.set_nodelay(true);
        let (connection, useless) = open(TokioIo::new(stream));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                // Who breaks off gets no answer, and nothing else comes of it.
                _ = connection => {}
                () = useless => {}
            }
            drop(slot);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(END, graceful.shutdown()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn door(address: &str, more: &[&str]) -> Door {
        let more: Vec<String> = more.iter().map(|name| (*name).to_owned()).collect();
        Door::new(Some(Zeroizing::new("s3cret".to_owned())), address.parse().unwrap(), &more)
    }

    /// On all addresses it answered only who called it `0.0.0.0`, and on port 80 nobody.
    #[test]
    fn it_is_reached_by_the_names_that_it_has() {
        let is_let_in = |door: &Door, host: &str| {
            door.refusal(&headers(&[("host", host), ("authorization", "Bearer s3cret")])).is_none()
        };
        let everywhere = door("0.0.0.0:8765", &["gate.example", "gate.example:443", "[2001:db8::1]"]);
        for host in [
            "gate.example",
            "Gate.example:8765",
            "gate.example:443",
            "[2001:db8::1]",
            "[2001:db8::1]:8765",
            "localhost:8765",
            "0.0.0.0:8765",
        ] {
            assert!(is_let_in(&everywhere, host), "{host}");
        }
        for host in
            ["evil.example", "evil.example:8765", "gate.example:80", "x.gate.example", "localhost", ""]
        {
            assert!(!is_let_in(&everywhere, host), "{host}");
        }
        let usual = door("192.0.2.7:80", &[]);
        assert!(is_let_in(&usual, "192.0.2.7") && is_let_in(&usual, "192.0.2.7:80"));
        assert!(!is_let_in(&usual, "localhost"), "it does not listen there");
    }

    #[test]
    fn a_door_without_a_token_still_keeps_web_pages_out() {
        let door = Door { token: None, ..door("127.0.0.1:4318", &[]) };
        let is_let_in = |list: &[(&'static str, &str)]| door.refusal(&headers(list)).is_none();
        assert!(is_let_in(&[("host", "localhost:4318")]));
        assert!(!is_let_in(&[("host", "evil.example:4318")]));
        assert!(!is_let_in(&[("host", "localhost:4318"), ("origin", "http://evil.example")]));
    }

    #[test]
    fn only_who_shows_the_token_at_the_right_door_and_is_no_web_page_passes() {
        let door = door("127.0.0.1:8081", &[]);
        let status = |list: &[(&'static str, &str)]| door.refusal(&headers(list)).map(|(status, _)| status);
        let (host, token) = (("host", "127.0.0.1:8081"), ("authorization", "Bearer s3cret"));
        assert_eq!(status(&[host, token]), None);
        assert_eq!(status(&[("host", "LOCALHOST:8081"), token]), None);
        for wrong in ["evil.example", "evil.example:8081", "127.0.0.1", "127.0.0.1:80", ""] {
            assert_eq!(status(&[("host", wrong), token]), Some(StatusCode::FORBIDDEN), "{wrong}");
        }
        assert_eq!(status(&[host, token, ("origin", "http://127.0.0.1:8081")]), None);
        for page in ["http://evil.example", "http://127.0.0.1:8082", "https://127.0.0.1:8081", "null", ""] {
            assert_eq!(status(&[host, token, ("origin", page)]), Some(StatusCode::FORBIDDEN), "{page}");
        }
        assert_eq!(status(&[host]), Some(StatusCode::UNAUTHORIZED));
        for wrong in ["Bearer s3cre", "Bearer s3cret ", "bearer s3cret", "Basic s3cret", "Bearer "] {
            assert_eq!(status(&[host, ("authorization", wrong)]), Some(StatusCode::UNAUTHORIZED), "{wrong}");
        }
    }
}
