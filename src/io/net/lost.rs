//! Why a request came to nothing, in words of ours: what the other side says of itself is not repeated.

use std::error::Error as _;
use std::io::ErrorKind;

use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal, Sent};

/// How far causes are followed.
const DEEPEST: usize = 16;

/// What a connection leads to first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The server itself.
    None,
    /// A proxy: it may be the one that is not there, or that does not let calls through.
    Proxy,
}

/// The refusal that an error of the client is.
pub(super) fn lost(error: &reqwest::Error, origin: &Origin, carrier: Carrier, may_be_done: bool) -> Refusal {
    let code = if error.is_timeout() { ReasonCode::Timeout } else { ReasonCode::UpstreamUnreachable };
    if error.is_connect() {
        let (by, otherwise) = match carrier {
            Carrier::None => ("", NO_HTTP),
            Carrier::Proxy => (" through the proxy", "it does not let calls through, or is no proxy"),
        };
        let cause = cause(error).unwrap_or(otherwise);
        return Refusal::new(code, format!("no connection to {origin}{by}: {cause}"));
    }
    let cause = cause(error).unwrap_or(NO_HTTP);
    Refusal::new(code, format!("{origin} broke off: {cause}{}", done(may_be_done))).after(Sent::Perhaps)
}

/// What is said where there is no other word.
const NO_HTTP: &str = "the answer is not one of HTTP, or none";

/// What is added where nobody knows whether a call was carried out.
pub(super) fn done(may_be_done: bool) -> &'static str {
    if may_be_done { "; it may have been carried out" } else { "" }
}

/// The innermost thing that went wrong for which there is a word.
fn cause(error: &reqwest::Error) -> Option<&'static str> {
    if error.is_timeout() {
        return Some("it took too long");
    }
    error.source().and_then(|source| word(source, DEEPEST))
}

/// The word for an error or, sooner, for what caused it.
fn word(error: &(dyn std::error::Error + 'static), depth: usize) -> Option<&'static str> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(tls));
    }
    let deeper = depth.checked_sub(1)?;
    let io = error.downcast_ref::<std::io::Error>();
    // What such an error holds is not among its causes; only what caused that is.
    let held = io.and_then(|io| io.get_ref()).and_then(|held| word(held, deeper));
    let cause = || error.source().and_then(|source| word(source, deeper));
    held.or_else(cause).or_else(|| io.and_then(|io| of_the_system(io.kind())))
}

fn of_tls(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Bad;
    match error {
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "its certificate has expired"
        }
        rustls::Error::InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        rustls::Error::InvalidCertificate(_) => "its certificate is not believed here; --ca-file adds roots",
        _ => "TLS did not come about",
    }
}

fn of_the_system(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::ConnectionRefused => "nobody listens there",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the connection was cut"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way there",
        ErrorKind::TimedOut => "it took too long",
        ErrorKind::UnexpectedEof => "the connection ended too soon",
        _ => return None,
    })
}
