//! Bytes → trust file, gate.yaml, the reference system's trusted keys: what is accepted is written and read as the
//! same, and putting in signatures changes nothing else.
#![no_main]

use cask::canon::json::canonical;
use cask::model::bytes::strict_yaml;
use cask::model::gate_config::GateConfig;
use cask::model::limits::SMALL;
use cask::model::trust::Trust;
use cask::sign::edit;
use cask::sign::keyring::Keyring;
use cask::sign::legacy::LegacyTrust;
use cask::sign::signed_text::{trust_text, with_signatures};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(old) = LegacyTrust::parse("fuzz", text) {
        assert_eq!(format!("{old:?}"), format!("{:?}", LegacyTrust::parse("fuzz", text).expect("twice")));
    }
    let Ok(node) = strict_yaml("fuzz", data, SMALL) else { return };
    let signatures = if let Ok(trust) = Trust::read("fuzz", node.clone()) {
        let written = trust_text("again", &trust.file).unwrap_or_else(|f| panic!("{f}"));
        let read = strict_yaml("again", written.as_bytes(), SMALL).expect("what is written is read");
        let read = Trust::read("again", read).expect("it is a trust file");
        assert_eq!(read.file, trust.file, "{written}");
        if let Ok(keyring) = Keyring::of("fuzz", &trust) {
            for key in trust.file.signers.iter().flat_map(|s| &s.keys) {
                assert!(keyring.find(&key.key_id).is_some(), "a key of the file that is not held: {key:?}");
            }
        }
        if let Ok(next) = edit::next(&trust) {
            assert!(next.version > trust.file.version && next.previous.as_deref() == Some(&trust.digest));
        }
        trust.file.signatures
    } else if let Ok(gate) = GateConfig::read("fuzz", node.clone()) {
        gate.file.signatures
    } else {
        return;
    };
    let body = |node: &cask::canon::Node| canonical(&node.without(&["signatures"]));
    for signatures in [&signatures[..], &[]] {
        let Ok(signed) = with_signatures("fuzz", text, signatures) else { continue };
        let read = strict_yaml("again", signed.as_bytes(), SMALL).expect("what is signed is read");
        assert_eq!(body(&read), body(&node), "more than signatures changed:\n{signed}");
    }
});
