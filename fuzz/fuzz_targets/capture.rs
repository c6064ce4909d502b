//! Bytes → the readers of recordings: blocks of any size give the same entries, what is kept is redacted for good, and
//! what is stored reads back.
#![no_main]

use cask::capture::feed::Feed;
use cask::capture::otel::{self, Index};
use cask::capture::redact::exchange::redact;
use cask::capture::redact::values::Redactor;
use cask::capture::sniff::{Kind, layout};
use cask::capture::split::Piece;
use cask::capture::wanted::Wanted;
use cask::capture::{Profile, Reader, Wants, leaks, stored};
use cask::model::exchange::Exchange;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = leaks(text);
        let _ = Redactor::new(Profile::HighRiskPii).address(text);
    }
    let Some((kind, layout)) = layout(data) else { return };
    let split = |size: usize| {
        let (mut feed, mut entries) = (Feed::new(layout, 1 << 12), Vec::new());
        let mut take = |piece: Piece| {
            if let Piece::Whole(bytes, line) = piece {
                entries.push((bytes.to_vec(), line));
            }
        };
        let (first, rest) = data.split_at(data.len().min(size.max(3)));
        for block in std::iter::once(first).chain(rest.chunks(size)) {
            if feed.push(block, &mut take).is_err() {
                return entries;
            }
        }
        let _ = feed.finish(&mut take);
        entries
    };
    let entries = split(7);
    assert_eq!(entries, split(1 << 20), "blocks decide what is read");
    let wants =
        Wants { hosts: Wanted::parse(["a.test", "*.a.test"]).expect("hosts"), profile: Profile::DefaultSafe };
    let mut reader = Reader::new(&wants);
    let mut index = Index::default();
    let mut kept: Vec<Exchange> = Vec::new();
    for (bytes, _) in &entries {
        match kind {
            Kind::Otel => {
                let spans = otel::spans(bytes, &wants).unwrap_or_default();
                kept.extend(spans.into_iter().filter_map(|span| reader.exchange(index.judge(span))));
            }
            _ => kept.extend(reader.entry(kind, bytes)),
        }
    }
    for exchange in kept {
        let (line, id) = stored::line(&exchange);
        let text = stored::with_id(&line, &id);
        assert!(!text.contains('\n'));
        let mut again =
            stored::read(text.as_bytes(), &wants).unwrap_or_else(|left| panic!("{left:?}: {text}"));
        assert_eq!(stored::line(&again).0, line, "it reads back as something else");
        // What was taken out is known again, and nothing is made of it anew.
        redact(&mut again, &mut Redactor::new(Profile::DefaultSafe));
        let mut third = again.clone();
        redact(&mut third, &mut Redactor::new(Profile::DefaultSafe));
        assert_eq!(again, third, "it is never done");
    }
});
