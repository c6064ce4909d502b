//! A whole toolpack of which one file is the input: the first byte says which, of which generation. Whatever can be
//! read is compared with the sound one in both directions and shown in every format.
#![no_main]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use cask::canon::time::Timestamp;
use cask::cmd::diff::compare;
use cask::diff::{DiffContext, Pair, run};
use cask::gate::subjects::Subjects;
use cask::io::load::{self, Loaded};
use cask::io::tree::Tree;
use cask::judge::{Input, judge};
use cask::migrate;
use cask::model::gate_config::{FailOn, GateFile};
use cask::model::report::{Publication, Source};
use cask::model::risk::RiskTier;
use cask::report::formats::FORMATS;
use cask::report::style::Style;
use libfuzzer_sys::fuzz_target;

type Files = BTreeMap<String, Vec<u8>>;

const HEADER: &str = "toolpack.yaml";
const NAMES: [&str; 6] = [
    HEADER,
    "artifact/tools.json",
    "artifact/toolsets.yaml",
    "artifact/policy.yaml",
    "artifact/baseline.json",
    "lockfile/caskmcp.lock.yaml",
];

/// Sound toolpacks of generation 2 and 1.
static SOUND: LazyLock<[Files; 2]> = LazyLock::new(|| ["toolpacks/shop", "migrate/base"].map(files));

fn files(folder: &str) -> Files {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(folder);
    let read = |name: &&str| Some((name.to_string(), std::fs::read(root.join(name)).ok()?));
    NAMES.iter().filter_map(read).collect()
}

fn loaded(files: &Files) -> Option<Loaded> {
    load::toolpack(&Tree::memory(files.clone()), HEADER).ok()
}

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let which = usize::from(which.wrapping_sub(b'0'));
    let (Some(name), Some(sound)) = (NAMES.get(which % 8), SOUND.get(which / 8)) else { return };
    let mut spoilt = sound.clone();
    spoilt.insert((*name).to_owned(), data.to_vec());
    let Some(one) = loaded(&spoilt) else { return };

    let Ok(pair) = Pair::new(Some(&one.pack), Some(&one.pack)) else { return };
    let found = run(&pair, &DiffContext::default());
    assert!(
        found.is_empty(),
        "differs from itself: {:?}",
        found.iter().map(|f| f.rule.id).collect::<Vec<_>>()
    );
    if let (Ok(a), Ok(b)) = (Subjects::of(&one.pack), Subjects::of(&one.pack)) {
        let digests = |s: &Subjects| s.tools.values().map(|t| t.digest.clone()).collect::<Vec<_>>();
        assert_eq!(digests(&a), digests(&b));
        assert_eq!(a.tools.len(), one.pack.manifest.tools.len());
    }
    if let Ok(migrated) = migrate::toolpack(&one.pack, one.lock.as_ref()) {
        let mut files: Files =
            migrated.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
        files.insert(migrated.lock_path().to_owned(), migrated.lock_text().into_bytes());
        load::toolpack(&Tree::memory(files), HEADER).map(drop).unwrap_or_else(|f| panic!("not read: {f}"));
    }
    let context = DiffContext { now: Some(Timestamp::MIN), ..DiffContext::default() };
    let there = compare(loaded(sound), one, &context);
    let back = loaded(&spoilt).and_then(|base| Some(compare(Some(base), loaded(sound)?, &context)));
    for pack in [Some(there), back].into_iter().flatten().flatten() {
        let report = judge(Input {
            command: "diff",
            gate: &GateFile::default(),
            fail_on: FailOn::Any,
            min_risk: RiskTier::Safe,
            packs: vec![pack],
            repository: Vec::new(),
            trust: None,
            trust_used: None,
            gate_source: None,
            base: Source::none(),
            head: Source::none(),
            publication: Publication::default(),
            now: Timestamp::MIN,
            base_name: None,
        });
        for format in FORMATS {
            let text = (format.render)(&report, &Style::default());
            assert!(text.ends_with('\n'), "{}", format.id);
            let control = text.chars().find(|c| c.is_control() && *c != '\n');
            assert_eq!(control, None, "{}: a control character", format.id);
        }
    }
});
