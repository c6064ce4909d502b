//! The body of a request in, as it comes; its bytes out, within bounds of size, time and of what is on its way at once.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, header};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::refused::{Refused, Why};

/// Bytes of a request, packed or not.
pub const MOST: usize = 16 << 20;
/// How long a body may take.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// KiB of all bodies that are on their way at once.
const ROOM: usize = 64 << 10;

/// Room for bodies that are on their way.
#[derive(Debug, Clone)]
pub struct Room(Arc<Semaphore>);

/// A body, and the room that it takes until it is dropped.
pub struct Taken {
    /// As it was sent.
    pub bytes: Bytes,
    /// Whether it is packed.
    pub gzip: bool,
    _room: Option<OwnedSemaphorePermit>,
}

impl Default for Room {
    fn default() -> Room {
        Room(Arc::new(Semaphore::new(ROOM)))
    }
}

impl Room {
    /// Takes the body of a request.
    ///
    /// # Errors
    /// It is too large, too slow, breaks off, is packed in another way, or has no room now.
    pub async fn take(&self, headers: &HeaderMap, body: Body) -> Result<Taken, Refused> {
        let gzip = is_gzip(headers)?;
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if length.and_then(|length| length.parse::<u64>().ok()).is_some_and(|length| length > MOST as u64) {
            return Err(large());
        }
        tokio::time::timeout(PATIENCE, self.read(body, gzip)).await.unwrap_or_else(|_| {
            Err(Refused::new(Why::Slow, format!("the body did not come in {} seconds", PATIENCE.as_secs())))
        })
    }

    async fn read(&self, mut body: Body, gzip: bool) -> Result<Taken, Refused> {
        let (mut bytes, mut room): (_, Option<OwnedSemaphorePermit>) = (BytesMut::new(), None);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refused::new(Why::Broken, "the body breaks off"))?;
            let Ok(data) = frame.into_data() else { continue };
            if bytes.len() + data.len() > MOST {
                return Err(large());
            }
            bytes.extend_from_slice(&data);
            let kept = room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            let wanted = bytes.len().div_ceil(1 << 10).saturating_sub(kept);
            if wanted == 0 {
                continue;
            }
            let more = Arc::clone(&self.0).try_acquire_many_owned(u32::try_from(wanted).unwrap_or(u32::MAX));
            let more = more.map_err(|_| Refused::new(Why::Busy, "too much is on its way: try again"))?;
            // One for the whole body, in however many pieces it comes.
            match &mut room {
                Some(room) => room.merge(more),
                None => room = Some(more),
            }
        }
        Ok(Taken { bytes: bytes.freeze(), gzip, _room: room })
    }
}

fn large() -> Refused {
    Refused::new(Why::Large, format!("more than {} MiB: send smaller batches", MOST >> 20))
}

fn is_gzip(headers: &HeaderMap) -> Result<bool, Refused> {
    let mut named = headers.get_all(header::CONTENT_ENCODING).iter();
    let name = named.next().map(|name| name.as_bytes().trim_ascii().to_ascii_lowercase());
    match (name.as_deref(), named.next()) {
        (None | Some(b"" | b"identity"), None) => Ok(false),
        (Some(b"gzip"), None) => Ok(true),
        _ => Err(Refused::new(Why::Packing, "packed in another way than gzip")),
    }
}

impl Taken {
    /// One that is here already, unpacked.
    #[cfg(any(test, feature = "otlp-grpc"))]
    pub fn of(bytes: Bytes) -> Taken {
        Taken { bytes, gzip: false, _room: None }
    }

    /// The bytes, unpacked: no more than of one that is not packed.
    ///
    /// # Errors
    /// There are more, or they are not packed as was said.
    pub fn unpacked(&self) -> Result<Bytes, Refused> {
        if !self.gzip {
            return Ok(self.bytes.clone());
        }
        let mut out = Vec::new();
        let read = MultiGzDecoder::new(&*self.bytes).take(MOST as u64 + 1).read_to_end(&mut out);
        match read {
            Ok(_) if out.len() > MOST => Err(large()),
            Ok(_) => Ok(out.into()),
            Err(_) => Err(Refused::new(Why::Broken, "the body is said to be gzip, and is not")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    #[test]
    fn a_body_takes_the_room_of_its_bytes_in_however_many_pieces_it_comes() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let room = Room::default();
        let dripping = || {
            let pieces = stream::iter((0..5_000).map(|_| Ok::<_, Infallible>(Bytes::from_static(b"x"))));
            runtime.block_on(room.take(&HeaderMap::new(), Body::from_stream(pieces)))
        };
        let taken = dripping().unwrap();
        assert_eq!((taken.bytes.len(), room.0.available_permits()), (5_000, ROOM - 5));
        drop(taken);
        assert_eq!(room.0.available_permits(), ROOM);
        let _others = room.0.try_acquire_many(ROOM as u32 - 4).unwrap();
        assert_eq!(dripping().err().map(|refused| refused.why), Some(Why::Busy));
        assert_eq!(room.0.available_permits(), 4, "what it had is given back");
    }
}
