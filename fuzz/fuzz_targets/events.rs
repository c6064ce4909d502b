//! Bytes → what a server at an address says: events, the same ones whatever pieces they come in and none longer than it may
//! be, and the messages in them, of which each question is answered under its own id.
#![no_main]

use cask::io::mcp::events::{Event, Events, TooLong, data};
use cask::io::mcp::message::{self, Message};
use libfuzzer_sys::fuzz_target;

/// Bytes of an event. Whoever reads it makes three of a byte that is no text.
const MOST: usize = 1 << 10;

fuzz_target!(|stream: &[u8]| {
    let whole = Events::new(usize::MAX).take(stream).expect("nothing is too long");
    assert_eq!(data(stream), whole.iter().map(|event| event.data.clone()).collect::<Vec<_>>());
    let (first, is_whole) = in_pieces(stream, stream.len().max(1));
    for size in [1, 7, 64] {
        let (events, is_read) = in_pieces(stream, size);
        assert_eq!(is_read, is_whole, "pieces of {size} decide what is too long");
        assert!(whole.starts_with(&events) && events.starts_with(&first), "pieces of {size}");
        assert!(!is_read || events == whole, "pieces of {size}: some are missing");
        for event in events {
            assert!(event.data.len() <= 3 * MOST && event.name.len() <= 3 * MOST);
            assert!(!event.name.is_empty() && !event.data.is_empty());
        }
    }
    whole.iter().for_each(|event| answered(&event.data));
    answered(stream);
});

/// The events that come before one that is too long, and whether none is.
fn in_pieces(stream: &[u8], size: usize) -> (Vec<Event>, bool) {
    let (mut events, mut read) = (Events::new(MOST), Vec::new());
    for piece in stream.chunks(size) {
        match events.take(piece) {
            Ok(more) => read.extend(more),
            Err(TooLong) => return (read, false),
        }
    }
    (read, true)
}

fn answered(said: &[u8]) {
    let Ok(Message::Question(id, method)) = message::read("fuzz", said) else { return };
    let Ok(answer) = message::turned_down("fuzz", &id, &method) else { return };
    assert_eq!((answer["id"].as_str(), answer["id"].as_i64()), (id.as_text(), id.as_int()));
    if let Some(number) = id.as_int() {
        let back = message::read("again", answer.to_string().as_bytes());
        assert!(matches!(back, Ok(Message::Answer(Some(to), _)) if to == number), "{answer}");
    }
}
