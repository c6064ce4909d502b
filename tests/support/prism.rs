//! Prism, a proxy that holds requests and answers against GitHub's own description of its API, cut to what cask
//! calls (fixtures/github). Whatever breaks the contract, from either side, is answered with what is wrong.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use super::fake_github::{Fake, Kind, World};

/// A running proxy. It ends when this process does, however that ends.
pub struct Prism {
    pub origin: String,
    said: Arc<Mutex<Vec<String>>>,
    _child: Child,
    _description: tempfile::NamedTempFile,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the program is: on the PATH, or where ./test puts it.
fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    dirs.push(root().join(".tools/prism/node_modules/.bin"));
    dirs.into_iter().map(|dir| dir.join("prism")).find(|file| file.is_file())
}

/// The description that the answers of a kind of GitHub are held against.
pub fn description(kind: Kind) -> Vec<u8> {
    let name = match kind {
        Kind::Com => "openapi-slice.json.gz",
        Kind::Enterprise => "openapi-slice-ghes.json.gz",
    };
    let packed = std::fs::read(root().join("fixtures/github").join(name)).expect("the slice is there");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut text).expect("the slice unpacks");
    text
}

impl Prism {
    /// Starts one before a server. Nothing where the program could not be installed, and the test says so.
    #[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
    pub fn before(kind: Kind, upstream: &str) -> Option<Prism> {
        let Some(program) = program() else {
            eprintln!(
                "SKIPPED: prism is not here, so nothing was held against GitHub's contract; ./test installs it"
            );
            return None;
        };
        let description = tempfile::Builder::new().suffix(".json").tempfile().expect("a scratch file");
        std::fs::write(description.path(), self::description(kind)).expect("a scratch file");
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        // The shell waits for the end of this process, which closes the pipe, and then ends the proxy.
        let mut child = Command::new("sh")
            .args(["-c", "\"$@\" & read -r _; kill $!", "sh"])
            .arg(program)
            .args(["proxy", "--errors", "-h", "127.0.0.1", "-p", &free.to_string()])
            .arg(description.path())
            .arg(upstream)
            .env_remove("NODE_ENV")
            .env("NO_COLOR", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a shell starts");
        let said: Arc<Mutex<Vec<String>>> = Arc::default();
        let (lines, heard) =
            (BufReader::new(child.stdout.take().expect("stdout is piped")).lines(), said.clone());
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                heard.lock().expect("nobody panics here").push(line);
            }
        });
        let prism = Prism {
            origin: format!("http://127.0.0.1:{free}"),
            said,
            _child: child,
            _description: description,
        };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", free)).is_err() {
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "prism does not listen:\n{}",
                prism.said().join("\n")
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(prism)
    }

    fn said(&self) -> Vec<String> {
        self.said.lock().expect("nobody panics here").clone()
    }

    /// What it found wrong so far, from either side.
    #[allow(dead_code, reason = "each test file uses its part")]
    pub fn complaints(&self) -> Vec<String> {
        let mut said = self.said();
        said.retain(|line| line.contains("Violation") || line.contains("terminated with error"));
        said
    }
}

/// A fake of GitHub and the proxy before it, started once for all who keep the contract.
pub struct Peer {
    pub fake: Fake,
    pub prism: Prism,
}

impl Peer {
    /// The one of a kind; nothing where the proxy could not be installed.
    pub fn of(kind: Kind) -> Option<&'static Peer> {
        static COM: LazyLock<Option<Peer>> = LazyLock::new(|| Peer::start(Kind::Com));
        static ENTERPRISE: LazyLock<Option<Peer>> = LazyLock::new(|| Peer::start(Kind::Enterprise));
        match kind {
            Kind::Com => COM.as_ref(),
            Kind::Enterprise => ENTERPRISE.as_ref(),
        }
    }

    /// One for those alone who break the contract: what it complains of is held against nobody else.
    pub fn start(kind: Kind) -> Option<Peer> {
        let fake = Fake::start();
        let prism = Prism::before(kind, &fake.origin)?;
        Some(Peer { fake, prism })
    }

    /// A new repository, reached through the proxy.
    pub fn world(&self, kind: Kind) -> Arc<World> {
        self.fake.world_behind(kind, &self.prism.origin)
    }
}
