//! Stands before a server over HTTP and shows its token for clients that have no way to: everything else passes as it
//! came. `Host` and `Origin` that name the doorman are made to name the server, others are left as they are.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// A doorman; it ends with the test.
pub struct Doorman {
    pub port: u16,
}

impl Doorman {
    pub fn before(server: u16, token: &str) -> Doorman {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let token = token.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let token = token.clone();
                std::thread::spawn(move || drop(pass(stream, port, server, &token)));
            }
        });
        Doorman { port }
    }
}

/// One request, and its answer until the server is done. The connection ends with it.
fn pass(client: TcpStream, own: u16, server: u16, token: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(client.try_clone()?);
    let mut head = String::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        match lower.split(':').next().unwrap_or_default() {
            "connection" | "authorization" => continue,
            "host" | "origin" => head += &line.replace(&format!(":{own}"), &format!(":{server}")),
            _ => head += &line,
        }
    }
    head += &format!("authorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut upstream = TcpStream::connect(("127.0.0.1", server))?;
    upstream.set_nodelay(true)?;
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&body)?;
    let mut client = client;
    client.set_nodelay(true)?;
    let mut buffer = [0; 16 << 10];
    loop {
        let read = upstream.read(&mut buffer)?;
        if read == 0 {
            return client.shutdown(std::net::Shutdown::Both);
        }
        client.write_all(&buffer[..read])?;
        client.flush()?;
    }
}
