//! Where a server listens over HTTP, and who may come in.

use std::net::SocketAddr;

use zeroize::Zeroizing;

use super::start::tell;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::run::listen::Door;

/// The variable that holds the token which requests over HTTP must show.
const TOKEN: &str = "CASK_HTTP_TOKEN";
/// Least characters of a token that somebody chose.
const LEAST: usize = 16;

/// A socket that is listened on, and its door.
pub struct Listening {
    /// The socket.
    pub listener: std::net::TcpListener,
    /// Who may come in.
    pub door: Door,
}

impl Listening {
    /// Listens, and tells where: before anything else is started, so that an address that is taken is told first.
    ///
    /// # Errors
    /// Other machines could reach the address, the token is none, or nobody can listen there.
    pub fn open(address: SocketAddr, path: &str, is_unsafe: bool, ctx: &Ctx) -> Result<Listening, Failed> {
        if !address.ip().is_loopback() && !is_unsafe {
            return Err(Failed::new("usage", address.to_string(), "other machines could reach this address")
                .hint("listen on 127.0.0.1, or --unsafe-bind where something in front of it encrypts"));
        }
        let given = ctx.var(TOKEN).map(Zeroizing::new);
        let is_given = given.is_some();
        let token = match given {
            Some(token) if token.len() >= LEAST && token.bytes().all(|b| b.is_ascii_graphic()) => token,
            Some(_) => {
                let message = format!("it is none: {LEAST} visible characters or more");
                return Err(Failed::new("usage", TOKEN, message).hint(format!("unset {TOKEN}: one is made")));
            }
            None => {
                let mut random = Zeroizing::new([0; 32]);
                (ctx.random)(random.as_mut());
                Zeroizing::new(random.iter().map(|byte| format!("{byte:02x}")).collect())
            }
        };
        let bad = |error: std::io::Error| {
            Failed::new("io", address.to_string(), format!("nobody can listen there: {error}"))
                .hint("another port; 0 takes a free one")
        };
        let listener = std::net::TcpListener::bind(address).map_err(bad)?;
        listener.set_nonblocking(true).map_err(bad)?;
        let address = listener.local_addr().map_err(bad)?;
        tell(&format!("listening on http://{address}{path}"));
        if !is_given {
            tell(&format!("requests must show: Authorization: Bearer {}", token.as_str()));
        }
        Ok(Listening { door: Door::new(token, address), listener })
    }
}
