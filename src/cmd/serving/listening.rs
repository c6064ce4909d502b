//! Where a server listens over HTTP, and who may come in.

use std::net::SocketAddr;

use reqwest::Url;
use zeroize::Zeroizing;

use super::say::tell;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::run::listen::Door;

/// The variable that holds the token which requests over HTTP must show.
const TOKEN: &str = "CASK_HTTP_TOKEN";
/// Least characters of a token that somebody chose.
const LEAST: usize = 16;

/// What is said of where a server listens.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListenArgs {
    /// Let the address be one that other machines reach
    #[arg(long, help_heading = "HTTP")]
    pub unsafe_bind: bool,
    /// A name by which clients reach it beside its address, as their header Host has it (repeatable)
    #[arg(long, value_name = "HOST[:PORT]", help_heading = "HTTP")]
    pub http_host: Vec<String>,
}

/// A socket that is listened on, and its door.
pub struct Listening {
    /// The socket.
    pub listener: std::net::TcpListener,
    /// Where it is.
    pub address: SocketAddr,
    /// Who may come in.
    pub door: Door,
}

impl Listening {
    /// Listens, and tells where: before anything else is started, so that an address that is taken is told first.
    ///
    /// # Errors
    /// Other machines could reach the address, a name is none, the token is none, or nobody can listen there.
    pub fn open(address: SocketAddr, path: &str, args: &ListenArgs, ctx: &Ctx) -> Result<Listening, Failed> {
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
        let listening = Listening::at(address, args, Some(token.clone()))?;
        tell(&format!("listening on http://{}{path}", listening.address));
        if !is_given {
            tell(&format!("requests must show: Authorization: Bearer {}", token.as_str()));
        }
        if !address.ip().is_loopback() {
            // Who calls it otherwise is refused, and sees why; whoever starts it should know before.
            tell(&format!("answers to: {}", listening.door.hosts.join(", ")));
        }
        Ok(listening)
    }

    /// Listens. `token`: what requests must show; none: nothing.
    ///
    /// # Errors
    /// Other machines could reach the address, a name is none, or nobody can listen there.
    pub fn at(
        address: SocketAddr,
        args: &ListenArgs,
        token: Option<Zeroizing<String>>,
    ) -> Result<Listening, Failed> {
        if !address.ip().is_loopback() && !args.unsafe_bind {
            return Err(Failed::new("usage", address.to_string(), "other machines could reach this address")
                .hint("listen on 127.0.0.1, or --unsafe-bind where something in front of it encrypts"));
        }
        let names: Vec<String> = args.http_host.iter().map(|text| host(text)).collect::<Result<_, _>>()?;
        let bad = |error: std::io::Error| {
            Failed::new("io", address.to_string(), format!("nobody can listen there: {error}"))
                .hint("another port; 0 takes a free one")
        };
        let listener = std::net::TcpListener::bind(address).map_err(bad)?;
        listener.set_nonblocking(true).map_err(bad)?;
        let address = listener.local_addr().map_err(bad)?;
        Ok(Listening { door: Door::new(token, address, &names), address, listener })
    }
}

/// A name of a server as clients write it: ASCII, lower case, with a port where it is not the usual one.
fn host(text: &str) -> Result<String, Failed> {
    let url =
        Url::parse(&format!("http://{text}/")).ok().filter(|_| !text.contains(['/', '?', '#', '@', '*']));
    let named = url.as_ref().and_then(|url| Some((url.host_str()?, url.port())));
    match named {
        Some((name, None)) => Ok(name.to_owned()),
        Some((name, Some(port))) => Ok(format!("{name}:{port}")),
        None => Err(Failed::new("usage", "--http-host", format!("{text:?} is no name of a server"))
            .hint("--http-host gate.example, or gate.example:8443")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_clients_write_it() {
        for (text, name) in [
            ("Gate.Example", "gate.example"),
            ("gate.example:8443", "gate.example:8443"),
            ("gate.example:80", "gate.example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
            ("0x7f.1", "127.0.0.1"),
        ] {
            assert_eq!(host(text).ok().as_deref(), Some(name), "{text}");
        }
        for text in ["", "*", "*.example", "a/b", "http://a", "a@b", "a b", "a:b", "a?", ":80"] {
            assert!(host(text).is_err(), "{text}");
        }
    }
}
