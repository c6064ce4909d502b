//! JSON → the arguments of a call of a tool with an argument in every place. What is taken is sent to the tool's own
//! path, in the tool's own headers, and is what its digest is of.
#![no_main]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use cask::enforce::fingerprint::fingerprint;
use cask::enforce::prepared::Prepared;
use cask::enforce::request::target;
use cask::enforce::shape::{Answer, Shaping, reply};
use cask::io::load;
use cask::io::tree::Tree;
use cask::model::toolpack::Toolpack;
use libfuzzer_sys::fuzz_target;

static PACK: LazyLock<(Toolpack, Vec<Prepared>)> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/toolpacks/desk");
    let names = [
        "toolpack.yaml",
        "artifact/tools.json",
        "artifact/toolsets.yaml",
        "artifact/policy.yaml",
        "artifact/baseline.json",
    ];
    let read = |name: &&str| Some((name.to_string(), std::fs::read(root.join(name)).ok()?));
    let files: BTreeMap<String, Vec<u8>> = names.iter().filter_map(read).collect();
    let pack = load::toolpack(&Tree::memory(files), "toolpack.yaml").expect("a sound toolpack").pack;
    let prepared =
        pack.manifest.tools.iter().map(|tool| Prepared::of(&pack, tool).expect("prepared")).collect();
    (pack, prepared)
});

fuzz_target!(|data: &[u8]| {
    let Some((first, data)) = data.split_first() else { return };
    let (pack, all) = &*PACK;
    let at = usize::from(*first) % all.len();
    let (tool, prepared) = (&pack.manifest.tools[at], &all[at]);
    // The same bytes as what a server answers.
    let fields = ["id".to_owned()].into();
    let how = Shaping {
        action: &tool.name,
        output: None,
        redactor: &Default::default(),
        fields: &fields,
        cap: 256,
    };
    for content_type in ["application/json", "text/plain"] {
        let answer = Answer { status: 200, content_type: Some(content_type), bytes: data };
        let reply = reply(&answer, &how).expect("text and JSON are handed on");
        assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_ok());
    }
    let Ok(serde_json::Value::Object(given)) = serde_json::from_slice(data) else { return };
    let Ok(arguments) = prepared.arguments(&given) else { return };
    assert_eq!(fingerprint(tool, &arguments.values).len(), 64);
    let Ok(request) = prepared.request(&arguments) else { return };
    assert!(prepared.is_own_path(&request.path));
    let address = target(prepared.origin(), &request).expect("an address");
    assert!(address.is_ascii() && !address.contains(['#', ' ', '\\']));
    for (name, value) in &request.headers {
        assert!(name.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()));
        assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)), "{name}");
    }
});
