//! A server of the real program that listens on a port: where, and what it wants to be shown.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

/// A running server; it ends with the test.
pub struct Http {
    pub child: Child,
    pub port: u16,
    pub token: String,
}

/// What it answered.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{self:?}"))
    }
}

impl Http {
    /// Starts one, and waits until it says that it serves.
    pub fn start(mut command: Command) -> Http {
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it starts");
        let (mut port, mut token) = (0, String::new());
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut all = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
                port = rest.split('/').next().and_then(|port| port.trim().parse().ok()).expect("a port");
            }
            if let Some((_, rest)) = line.split_once("Bearer ") {
                rest.trim().clone_into(&mut token);
            }
            let is_up = line.contains("serving ");
            all.push(line);
            if is_up {
                break;
            }
        }
        std::thread::spawn(move || lines.for_each(drop));
        assert!(port > 0 && !token.is_empty(), "{all:?}");
        Http { child, port, token }
    }

    /// Asks as whoever may.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Said {
        let host = format!("127.0.0.1:{}", self.port);
        let token = format!("Bearer {}", self.token);
        let mut headers = vec![("host", host.as_str()), ("authorization", &token)];
        if body.is_some() {
            headers.push(("content-type", "application/json"));
        }
        self.raw(method, path, &headers, &body.map(Value::to_string).unwrap_or_default())
    }

    /// Asks with these headers and no others.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Said {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {}\r\n\r\n", body.len());
        // It may answer and hang up before all of it is read.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer:?}"));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).expect("a status");
        Said { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
