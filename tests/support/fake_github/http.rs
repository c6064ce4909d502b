//! HTTP/1.1 over one connection: requests are read with bounds, answers written, the connection kept until either
//! side has enough. Just what the client and the proxy of the tests speak.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use super::answer::Answer;

/// More than this of headers, or of a body, is no request of ours.
const MAX_HEAD: u64 = 64 * 1024;
const MAX_BODY: usize = 32 * 1024 * 1024;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// Path as written, still encoded, without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn token(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()).then(|| token.trim())
    }

    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What is done with the connection.
pub enum Reply {
    Whole(Answer),
    /// Packed, if the client takes that.
    Packed(Answer),
    /// The connection is closed without an answer.
    Cut,
    /// The answer's head and half of its body, and then nothing more.
    Half(Answer),
}

/// Answers the requests of one connection until it ends.
pub fn serve(stream: TcpStream, answer: &dyn Fn(&Request) -> Reply) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(60)));
    let _ = stream.set_nodelay(true);
    let Ok(copy) = stream.try_clone() else { return };
    let (mut reader, mut writer) = (BufReader::new(copy), &stream);
    while let Ok(Some(request)) = read(&mut reader) {
        let last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let reply = match answer(&request) {
            Reply::Packed(answer) => Reply::Whole(pack(&request, answer)),
            reply => reply,
        };
        // Who is not told that this was the last answer may send the next request into a closed connection.
        let told = |answer: Answer| if last { answer.with("connection", "close") } else { answer };
        let done = match reply {
            Reply::Whole(answer) | Reply::Packed(answer) => {
                write(&mut writer, &request, &told(answer), None).is_ok()
            }
            Reply::Half(answer) => {
                let half = answer.body.len() / 2;
                let _ = write(&mut writer, &request, &told(answer), Some(half));
                false
            }
            Reply::Cut => false,
        };
        if !done || last {
            break;
        }
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn bad(what: &str) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

/// The next request, or nothing where the other side has closed.
fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
    let mut head = reader.by_ref().take(MAX_HEAD);
    let mut line = String::new();
    if head.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace();
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(bad("no request line"));
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let (method, path, query) = (method.to_owned(), path.to_owned(), pairs(query));
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(bad("the headers do not end"));
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("a header without a colon"))?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { method, path, query, headers, body: Vec::new() };
    request.body = match (request.header("transfer-encoding"), request.header("content-length")) {
        (Some(coding), _) if coding.eq_ignore_ascii_case("chunked") => chunks(reader)?,
        (_, Some(length)) => exactly(reader, length.parse().map_err(|_| bad("no length"))?)?,
        _ => Vec::new(),
    };
    Ok(Some(request))
}

fn exactly(reader: &mut impl Read, length: usize) -> std::io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(bad("too long"));
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(reader: &mut BufReader<TcpStream>) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let mut line = String::new();
        reader.by_ref().take(64).read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(|_| bad("no length of a chunk"))?;
        if body.len() + length > MAX_BODY {
            return Err(bad("too long"));
        }
        body.extend(exactly(reader, length)?);
        exactly(reader, 2)?;
        if length == 0 {
            return Ok(body);
        }
    }
}

fn write(
    writer: &mut impl Write,
    request: &Request,
    answer: &Answer,
    cut: Option<usize>,
) -> std::io::Result<()> {
    let mut head = format!("HTTP/1.1 {} Said\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if answer.status != 204 && answer.status != 304 {
        head.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    }
    head.push_str("\r\n");
    writer.write_all(head.as_bytes())?;
    if request.method != "HEAD" {
        writer.write_all(&answer.body[..cut.unwrap_or(answer.body.len())])?;
    }
    writer.flush()
}

fn pack(request: &Request, mut answer: Answer) -> Answer {
    if request.header("accept-encoding").is_some_and(|value| value.contains("gzip")) {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(&answer.body).expect("memory takes it");
        answer.body = packer.finish().expect("memory takes it");
        answer.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    }
    answer
}

/// The members of a query, decoded.
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// Percent-decoding; what does not decode stays as it is.
pub fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = (bytes[i] == b'%').then(|| bytes.get(i + 1..i + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                i += 3;
            }
            None => {
                out.push(bytes[i]);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// One segment of a path, encoded for a link.
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
