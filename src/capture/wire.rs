//! Bytes of protobuf in, where the spans of an OTLP request lie in them out: nothing is copied and nothing made, so that
//! a request that names millions of empty ones costs no memory before it is refused.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

/// `ExportTraceServiceRequest.resource_spans`, `ResourceSpans.scope_spans`, `ScopeSpans.spans`.
const WAY: [u32; 3] = [1, 2, 2];

/// The bytes are no protobuf, or not of these messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken;

/// A field of a message: its number, and its bytes where it has a length of its own.
type Field<'a> = (u32, Option<&'a [u8]>);

/// Takes the next field off the bytes; none: they are at their end.
fn next<'a>(rest: &mut &'a [u8]) -> Result<Option<Field<'a>>, Broken> {
    if rest.is_empty() {
        return Ok(None);
    }
    let (tag, wire) = decode_key(rest).map_err(|_| Broken)?;
    if wire != WireType::LengthDelimited {
        skip_field(wire, tag, rest, DecodeContext::default()).map_err(|_| Broken)?;
        return Ok(Some((tag, None)));
    }
    let length = decode_varint(rest).map_err(|_| Broken)?;
    let length = usize::try_from(length).ok().filter(|length| *length <= rest.len()).ok_or(Broken)?;
    let (inner, after) = rest.split_at(length);
    *rest = after;
    Ok(Some((tag, Some(inner))))
}

/// The bytes of each span, in the order of the request.
///
/// # Errors
/// What stands around the spans is none of these messages.
pub fn spans<'a>(request: &'a [u8], each: &mut dyn FnMut(&'a [u8])) -> Result<(), Broken> {
    walk(request, &WAY, each)
}

fn walk<'a>(mut message: &'a [u8], way: &[u32], each: &mut dyn FnMut(&'a [u8])) -> Result<(), Broken> {
    let Some((wanted, way)) = way.split_first() else {
        each(message);
        return Ok(());
    };
    while let Some((tag, inner)) = next(&mut message)? {
        match inner {
            Some(inner) if tag == *wanted => walk(inner, way, each)?,
            None if tag == *wanted => return Err(Broken),
            _ => {}
        }
    }
    Ok(())
}

/// How many fields a message has, its own and not those inside them.
///
/// # Errors
/// It is none.
pub fn fields(mut message: &[u8]) -> Result<usize, Broken> {
    let mut count = 0;
    while next(&mut message)?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Messages inside messages, of which no reader of the protocol takes more.
const DEPTH: usize = 100;

/// The messages of a span in which others lie, without end where values hold values.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Span,
    Event,
    Link,
    KeyValue,
    AnyValue,
    ArrayValue,
    KeyValueList,
}

impl Kind {
    /// What a field of the message is, where that may hold others.
    const fn inner(self, tag: u32) -> Option<Kind> {
        match (self, tag) {
            (Kind::Span, 11) => Some(Kind::Event),
            (Kind::Span, 13) => Some(Kind::Link),
            (Kind::Span, 9) | (Kind::Event, 3) | (Kind::Link, 4) | (Kind::KeyValueList, 1) => {
                Some(Kind::KeyValue)
            }
            (Kind::KeyValue, 2) | (Kind::ArrayValue, 1) => Some(Kind::AnyValue),
            (Kind::AnyValue, 5) => Some(Kind::ArrayValue),
            (Kind::AnyValue, 6) => Some(Kind::KeyValueList),
            _ => None,
        }
    }
}

/// Whether a span has at most so many fields, its own and those at every depth inside them: two bytes are a value there,
/// and a hundred once it is read.
pub fn is_within(span: &[u8], most: usize) -> bool {
    let mut left = most;
    // What is left of each message that is open, the innermost last.
    let mut open = vec![(Kind::Span, span)];
    while let Some((kind, rest)) = open.last_mut() {
        let kind = *kind;
        match next(rest) {
            Err(Broken) => return false,
            Ok(None) => {
                open.pop();
            }
            Ok(Some(_)) if left == 0 => return false,
            Ok(Some((tag, inner))) => {
                left -= 1;
                let Some((kind, inner)) = kind.inner(tag).zip(inner) else { continue };
                if open.len() > DEPTH {
                    return false;
                }
                open.push((kind, inner));
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(request: &[u8]) -> Result<Vec<&[u8]>, Broken> {
        let mut all = Vec::new();
        spans(request, &mut |span| all.push(span)).map(|()| all)
    }

    /// Two batches; around the spans a resource, a field that nobody knows and a number.
    const REQUEST: &[u8] = b"\x0a\x0c\x0a\x01x\x12\x07\x12\x02ab\x12\x01c\x0a\x05\x12\x03\x12\x01d\x78\x05";

    #[test]
    fn spans_are_found_wherever_they_lie() {
        assert_eq!(found(REQUEST), Ok(vec![&b"ab"[..], b"c", b"d"]));
        assert_eq!(found(b""), Ok(Vec::new()));
        assert_eq!(fields(REQUEST), Ok(3));
    }

    #[test]
    fn fields_are_counted_at_every_depth() {
        // A link, an event, and an attribute with a list of a number, a list of nothing, and a map of nothing.
        let span = [
            &b"\x0a\x01t\x6a\x04\x22\x02\x0a\x00\x5a\x04\x1a\x02\x0a\x00\x4a\x13\x0a\x01a"[..],
            b"\x12\x0e\x2a\x0c\x0a\x02\x18\x05\x0a\x02\x2a\x00\x0a\x02\x32\x00",
        ]
        .concat();
        let count = (0..40).find(|most| is_within(&span, *most));
        assert_eq!(count, Some(17));
        for end in 18..span.len() {
            assert!(!is_within(&span[..end], 40), "{end}");
        }
        let twisted = [&span[..span.len() - 1], b"\x01"].concat();
        assert!(!is_within(&twisted, 40), "more than there is, inside");
    }

    #[test]
    fn what_is_cut_off_or_of_another_kind_is_broken() {
        for end in 1..REQUEST.len() {
            let whole = matches!(end, 14 | 21);
            assert_eq!(found(&REQUEST[..end]).is_ok(), whole, "{end}");
        }
        for bytes in [&b"\x08\x01"[..], b"\x0a\xff\xff\xff\xff\x0f", b"\x0a", b"{}", b"\x03\x04", b"\0\0"] {
            assert_eq!(found(bytes), Err(Broken), "{bytes:?}");
        }
    }
}
