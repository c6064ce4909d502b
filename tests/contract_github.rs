//! The fake of GitHub keeps GitHub's contract: every endpoint of it is called once through a proxy that validates
//! both sides against GitHub's own description, for github.com and for the oldest Enterprise Server.

#[path = "support/fake_github/mod.rs"]
mod fake_github;
#[path = "support/http_client.rs"]
mod http_client;
#[path = "support/prism.rs"]
mod prism;

fn main() {}
