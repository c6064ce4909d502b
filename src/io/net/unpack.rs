//! The body of an answer in, as it stands on the wire; unpacked out, as much as is wanted and no more.
//!
//! What counts is what comes out of the packing: the client under this leaves bodies as they are, for it would
//! unpack without an end.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use http::header::CONTENT_ENCODING;

use super::lost::{Carrier, lost};
use super::outgoing::is_handed_on;
use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};

/// How many times larger than its packing a body may be, once it is larger than `FREE`.
const RATIO: usize = 200;
/// Up to here nobody asks how well it was packed.
const FREE: usize = 1 << 20;

/// The body of an answer, at most `most` bytes. The rest of one that is refused is not waited for.
///
/// # Errors
/// It is larger, packed beyond measure or in a way that was not asked for, of a type that is not handed on, or breaks off.
pub(super) async fn body(
    mut answer: reqwest::Response,
    content_type: &str,
    most: usize,
    origin: &Origin,
    may_be_done: bool,
) -> Result<Vec<u8>, Refusal> {
    let mut packing = Packing::of(&answer, most)?;
    if answer.content_length().is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    while let Some(chunk) =
        answer.chunk().await.map_err(|error| lost(&error, origin, Carrier::None, may_be_done))?
    {
        // A body without a byte has no type that could matter.
        if !chunk.is_empty() && !is_handed_on(content_type) {
            let message = match content_type.is_empty() {
                true => "the answer does not say what it is; JSON and text are handed on",
                false => "the answer is neither JSON nor text",
            };
            return Err(Refusal::new(ReasonCode::ContentTypeNotAllowed, message));
        }
        packing.take(&chunk)?;
    }
    packing.end()
}

fn too_large(most: usize) -> Refusal {
    Refusal::new(
        ReasonCode::ResponseTooLarge,
        format!("the answer has more than the {most} bytes that are read"),
    )
}

/// What is kept of a body.
struct Kept {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl Write for Kept {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + more.len() > self.most {
            self.full = true;
            return Err(std::io::Error::other("full"));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

enum Packing {
    Plain(Kept),
    Gzip { decoder: Box<MultiGzDecoder<Kept>>, read: usize },
}

impl Packing {
    fn of(answer: &reqwest::Response, most: usize) -> Result<Packing, Refusal> {
        let kept = Kept { bytes: Vec::new(), most, full: false };
        let mut named = answer.headers().get_all(CONTENT_ENCODING).iter();
        let name = named.next().map(|name| name.as_bytes().trim_ascii().to_ascii_lowercase());
        match (name.as_deref(), named.next()) {
            (None | Some(b"" | b"identity"), None) => Ok(Packing::Plain(kept)),
            (Some(b"gzip" | b"x-gzip"), None) => {
                Ok(Packing::Gzip { decoder: Box::new(MultiGzDecoder::new(kept)), read: 0 })
            }
            _ => {
                let message = "the answer is packed in a way that was not asked for";
                Err(Refusal::new(ReasonCode::ContentTypeNotAllowed, message))
            }
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<(), Refusal> {
        match self {
            Packing::Plain(kept) => kept.write_all(chunk).map_err(|_| too_large(kept.most)),
            Packing::Gzip { decoder, read } => {
                *read += chunk.len();
                let taken = decoder.write_all(chunk);
                let kept = decoder.get_ref();
                if kept.full {
                    return Err(too_large(kept.most));
                }
                if kept.bytes.len() > FREE && kept.bytes.len() / RATIO > *read {
                    let message = format!("the answer is packed more than {RATIO} times smaller than it is");
                    return Err(Refusal::new(ReasonCode::ResponseTooLarge, message));
                }
                taken.map_err(|_| badly_packed())
            }
        }
    }

    fn end(self) -> Result<Vec<u8>, Refusal> {
        match self {
            Packing::Plain(kept) => Ok(kept.bytes),
            // Nothing at all, as after HEAD.
            Packing::Gzip { read: 0, .. } => Ok(Vec::new()),
            Packing::Gzip { mut decoder, .. } => {
                let ended = decoder.try_finish();
                let kept = decoder.get_mut();
                match ended {
                    _ if kept.full => Err(too_large(kept.most)),
                    Err(_) => Err(badly_packed()),
                    Ok(()) => Ok(std::mem::take(&mut kept.bytes)),
                }
            }
        }
    }
}

fn badly_packed() -> Refusal {
    Refusal::new(ReasonCode::UpstreamUnreachable, "the answer can't be unpacked, or is not whole")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(packed: &[u8], chunk: usize, most: usize) -> Result<Vec<u8>, ReasonCode> {
        let kept = Kept { bytes: Vec::new(), most, full: false };
        let mut packing = Packing::Gzip { decoder: Box::new(MultiGzDecoder::new(kept)), read: 0 };
        for chunk in packed.chunks(chunk) {
            packing.take(chunk).map_err(|refused| refused.code)?;
        }
        packing.end().map_err(|refused| refused.code)
    }

    #[test]
    fn the_limit_is_on_what_comes_out_whatever_the_pieces() {
        let text: Vec<u8> = (0..40_000u32).flat_map(|n| n.to_string().into_bytes()).collect();
        let small = packed(&text);
        for chunk in [1, 7, 4096, usize::MAX] {
            assert_eq!(unpacked(&small, chunk, text.len()).as_ref(), Ok(&text));
            assert_eq!(unpacked(&small, chunk, text.len() - 1), Err(ReasonCode::ResponseTooLarge));
        }
        assert_eq!(unpacked(&small[..small.len() - 9], 4096, 1 << 20), Err(ReasonCode::UpstreamUnreachable));
        assert_eq!(unpacked(b"no gzip at all", 4096, 1 << 20), Err(ReasonCode::UpstreamUnreachable));
    }

    #[test]
    fn what_is_packed_beyond_measure_is_refused_below_the_limit_too() {
        let bomb = packed(&vec![b' '; 4 << 20]);
        assert_eq!(unpacked(&bomb, 64, 64 << 20), Err(ReasonCode::ResponseTooLarge));
    }
}
