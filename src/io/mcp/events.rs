//! A stream of server-sent events in, in whatever pieces it comes; the events of it out. It takes nothing up again where a
//! stream broke off, so ids and times to wait are passed over.
//!
//! Format: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

/// An event that has data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is called; `message` where the stream says nothing else.
    pub name: String,
    /// Its data: lines, without the last line break.
    pub data: Vec<u8>,
}

/// An event, or a line of none, that is longer than anybody reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;

/// A reader of one stream.
pub struct Events {
    /// Bytes that the data of an event and its last line may have.
    most: usize,
    /// The line that has not ended yet.
    line: Vec<u8>,
    /// Whether the last line ended with a carriage return: a line feed behind it ends no other.
    returned: bool,
    /// Whether a line has ended: a mark of the byte order may stand before all.
    begun: bool,
    name: String,
    data: Option<Vec<u8>>,
}

impl Events {
    /// Nothing was read yet. `most`: bytes that an event may have.
    pub fn new(most: usize) -> Events {
        Events { most, line: Vec::new(), returned: false, begun: false, name: String::new(), data: None }
    }

    /// The events that end within the next bytes of the stream; what ends in none of them is waited for.
    ///
    /// # Errors
    /// One is too long; there is nothing to be read after that.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<Vec<Event>, TooLong> {
        let mut out = Vec::new();
        while let Some(&first) = bytes.first() {
            if std::mem::take(&mut self.returned) && first == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            let part = &bytes[..end.unwrap_or(bytes.len())];
            if self.line.len() + part.len() + self.data.as_ref().map_or(0, Vec::len) > self.most {
                return Err(TooLong);
            }
            self.line.extend_from_slice(part);
            let Some(end) = end else { break };
            self.returned = bytes[end] == b'\r';
            bytes = &bytes[end + 1..];
            out.extend(self.ended());
        }
        Ok(out)
    }

    /// Heeds the line that has ended: the event that ends with it, if one does.
    fn ended(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let is_first = !std::mem::replace(&mut self.begun, true);
        let line = line.strip_prefix('\u{feff}').filter(|_| is_first).unwrap_or(&line);
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            let name = if name.is_empty() { "message".to_owned() } else { name };
            return self.data.take().filter(|data| !data.is_empty()).map(|data| Event { name, data });
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match (field, &mut self.data) {
            ("event", _) => value.clone_into(&mut self.name),
            ("data", Some(data)) => {
                data.push(b'\n');
                data.extend_from_slice(value.as_bytes());
            }
            ("data", none) => *none = Some(value.as_bytes().to_owned()),
            _ => {}
        }
        None
    }
}

/// The data of each event of a whole stream; what is behind the last empty line is no event.
pub fn data(stream: &[u8]) -> Vec<Vec<u8>> {
    // It is held already: no part of it is too long.
    let events = Events::new(usize::MAX).take(stream).unwrap_or_default();
    events.into_iter().map(|event| event.data).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str =
        ": hello\nevent: message\nid: 1\ndata: {\"a\":\ndata: 1}\n\ndata:two\r\n\r\ndata\n\ndata: half";

    fn read(text: &[u8]) -> Vec<(String, String)> {
        let events = Events::new(1 << 20).take(text).unwrap();
        events.into_iter().map(|event| (event.name, String::from_utf8(event.data).unwrap())).collect()
    }

    #[test]
    fn each_event_gives_its_data() {
        let all: Vec<String> =
            data(STREAM.as_bytes()).into_iter().map(|data| String::from_utf8(data).unwrap()).collect();
        assert_eq!(all, ["{\"a\":\n1}", "two"]);
        assert!([&b""[..], b"\n\n", b"data: x"].iter().all(|none| data(none).is_empty()));
    }

    #[test]
    fn an_event_has_the_name_that_it_was_given_and_the_next_one_has_not() {
        let named = |name: &str, data: &str| (name.to_owned(), data.to_owned());
        assert_eq!(
            read(
                "\u{feff}event: endpoint\ndata: /m?s=1\n\ndata: a\n\nevent: odd\n\ndata: \u{feff}b\r\rdata: c\r\n\n"
                    .as_bytes()
            ),
            [named("endpoint", "/m?s=1"), named("message", "a"), named("message", "\u{feff}b"), named("message", "c")]
        );
        assert_eq!(read(b"event: a\nevent: b\ndata: x\xff\n\n"), [named("b", "x\u{fffd}")]);
    }

    #[test]
    fn what_has_no_end_is_not_kept() {
        for long in ["x".repeat(9), "data: abc\ndata: d".to_owned(), ": comment".to_owned()] {
            let mut events = Events::new(8);
            let all: Result<Vec<_>, TooLong> =
                long.as_bytes().iter().map(|byte| events.take(&[*byte])).collect();
            assert_eq!(all, Err(TooLong), "{long}");
        }
        // Many short ones are no long one.
        assert_eq!(Events::new(8).take("data: a\n\n".repeat(100).as_bytes()).unwrap().len(), 100);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_give_the_same_events(
            parts in prop::collection::vec(
                prop::sample::select(vec![
                    "data: a", "data:", "data", "event: endpoint", "event", "id: 1", ": c", "\n", "\r", "\r\n", "\n\n",
                    "\u{feff}", "é", " ",
                ]),
                0..40,
            ),
            sizes in prop::collection::vec(1..9usize, 1..20),
        ) {
            let stream = parts.concat().into_bytes();
            let whole = Events::new(1 << 20).take(&stream).unwrap();
            let (mut events, mut pieces, mut rest) = (Events::new(1 << 20), Vec::new(), &stream[..]);
            for size in sizes.iter().cycle() {
                let (piece, more) = rest.split_at((*size).min(rest.len()));
                pieces.extend(events.take(piece).unwrap());
                rest = more;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(pieces, whole);
        }
    }
}
