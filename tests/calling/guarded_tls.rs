//! The client of calls over TLS: the name that was asked for is the name that is proved, whatever address it has.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use cask::enforce::guard::address::Opened;
use cask::enforce::guard::hosts::Allowed;
use cask::enforce::reason::{ReasonCode, Refusal};
use cask::io::net::guarded::Guarded;
use cask::io::net::lookup::{Found, Lookup};
use cask::io::net::outgoing::{Answer, Outgoing, Rules};
use reqwest::Url;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()))
        .join("fixtures/tls")
        .join(name)
}

/// The name that was asked for, and the head of the request.
type Seen = (Option<String>, String);

/// A server that notes the name by which it was asked and the head of the request, one for each connection.
struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    fn start() -> Server {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from_pem_file(fixture("server.pem")).unwrap()],
                PrivateKeyDer::from_pem_file(fixture("server.key")).unwrap(),
            )
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { port: listener.local_addr().unwrap().port(), seen: Arc::default() };
        let seen = Arc::clone(&server.seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (mut stream, mut connection) =
                    (stream.unwrap(), ServerConnection::new(Arc::clone(&config)).unwrap());
                let mut tls = Stream::new(&mut connection, &mut stream);
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8(head).unwrap();
                let _ = tls.write_all(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
                );
                seen.lock().unwrap().push((connection.server_name().map(str::to_owned), head));
            }
        });
        server
    }
}

/// Every name is on this machine.
struct Here;

impl Lookup for Here {
    fn lookup<'a>(&'a self, _: &'a str) -> Found<'a> {
        Box::pin(async { Ok(vec!["127.0.0.1".parse::<IpAddr>().unwrap()]) })
    }
}

fn call(host: &str, port: u16, ca_file: Option<PathBuf>) -> Result<Answer, Refusal> {
    let allowed = Allowed::read([format!("{host}:{port}").as_str()]).unwrap();
    let rules = Rules { ca_file, ..Rules::new(allowed, Opened::read(["127.0.0.0/8"]).unwrap()) };
    let client = Guarded::with_lookup(rules, Arc::new(Here)).unwrap();
    let outgoing = Outgoing {
        method: "GET".into(),
        url: Url::parse(&format!("https://{host}:{port}/x")).unwrap(),
        headers: vec![("X-Api-Key".into(), "secret".into())],
        body: None,
        changes_state: false,
        confirmed: false,
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let vetted = client.vet(&outgoing.url).await?;
        client.send(&outgoing, vetted, None).await
    })
}

#[test]
fn the_name_is_what_is_proved_and_the_vetted_address_is_what_is_reached() {
    let server = Server::start();
    let answer = call("api.shop.example", server.port, Some(fixture("ca.pem"))).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"{}".as_slice()));
    assert_eq!(answer.address, "127.0.0.1".parse::<IpAddr>().unwrap());
    let (name, head) = server.seen.lock().unwrap()[0].clone();
    assert_eq!(name.as_deref(), Some("api.shop.example"));
    assert!(head.contains(&format!("host: api.shop.example:{}\r\n", server.port)), "{head}");
}

#[test]
fn nothing_is_sent_to_who_proves_another_name_or_is_not_believed() {
    let server = Server::start();
    for (host, ca_file, said) in [
        ("api.shop.example", None, "not believed"),
        ("other.shop.example", Some(fixture("ca.pem")), "another name"),
    ] {
        let refused = call(host, server.port, ca_file).unwrap_err();
        assert_eq!(refused.code, ReasonCode::UpstreamUnreachable);
        assert!(refused.message.contains(said), "{refused}");
    }
    assert!(server.seen.lock().unwrap().iter().all(|(_, head)| head.is_empty()));
}

#[test]
fn roots_that_the_environment_names_are_not_believed() {
    const PORT: &str = "CASK_TEST_TLS_PORT";
    if let Ok(port) = std::env::var(PORT) {
        let refused = call("api.shop.example", port.parse().unwrap(), None).unwrap_err();
        assert!(refused.message.contains("not believed"), "{refused}");
        return;
    }
    let server = Server::start();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "guarded_tls::roots_that_the_environment_names_are_not_believed"]);
    child
        .env(PORT, server.port.to_string())
        .env("SSL_CERT_FILE", fixture("ca.pem"))
        .env("SSL_CERT_DIR", fixture(""));
    let ran = child.output().unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success() && told.contains("1 passed"), "{told}");
}
