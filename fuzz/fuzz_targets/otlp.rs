//! Bytes → a request of OTLP in either encoding: as many spans are told as the messages' own reader finds, and each line
//! that is held reads again as that one span.
#![no_main]

use cask::capture::Wants;
use cask::capture::otel;
use cask::capture::otlp::{Encoding, Refused, SPANS, Told, spans};
use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

fuzz_target!(|data: &[u8]| {
    for encoding in [Encoding::Protobuf, Encoding::Json] {
        let mut told = 0;
        let read = spans(data, encoding, &mut |span| {
            told += 1;
            let Told::Line(line) = span else { return };
            assert!(!line.contains('\n'));
            let again = otel::spans(line.as_bytes(), &Wants::default()).expect("it was read before");
            assert!(again.len() == 1 && again[0].tells_nothing().is_none(), "{line}");
        });
        if read.is_err() {
            assert_eq!(told, 0, "some of what was refused was taken");
        }
        if let (Encoding::Protobuf, Ok(whole)) = (encoding, ExportTraceServiceRequest::decode(data)) {
            let inner = whole.resource_spans.iter().flat_map(|one| &one.scope_spans);
            let count: usize = inner.map(|one| one.spans.len()).sum();
            let expected = if count > SPANS { Err(Refused::Many) } else { Ok(count) };
            assert_eq!(read.map(|()| told), expected, "two readers find another number of spans");
        }
    }
});
