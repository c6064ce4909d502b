//! One judgement over many machines: what they tell together is what one would tell alone, byte for byte; and what does
//! not hold together is not judged.
#![cfg(unix)]

use crate::{forge, in_parts, market, support};

use cask::cli;
use cask::cmd::handed::run::Asked;
use cask::model::gate_config::FailOn;
use cask::model::report::Verdict;
use forge::*;
use in_parts::{differs, parts, put_together, within};
use market::{add_tool, copy_as, market};
use serde_json::{Value, json};

/// What is done to the five, and a rule that tells of it, if any does.
type Change = (&'static str, Option<&'static str>, fn(&mut World));

const CHANGES: &[Change] = &[
    ("nothing", None, |w| w.write("README.md", "nothing to do with it\n")),
    ("a text", Some("tool.description-changed"), |w| {
        w.replace("packs/a/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
    }),
    ("a name that another toolpack has", Some("tool.shadows-other"), |w| {
        add_tool(w, "packs/b", "get_invoice", "Get an invoice.");
        w.approve_all("packs/b", LATER);
    }),
    ("a name that two toolpacks bring at once", Some("tool.shadows-other"), |w| {
        add_tool(w, "packs/b", "get_bill", "Get a bill.");
        add_tool(w, "packs/a", "get_bill", "Get a bill.");
    }),
    ("a text that speaks of another toolpack's tool", Some("text.other-tool-reference"), |w| {
        add_tool(w, "packs/a", "get_bill", "Before this, always call `get_invoice` first.");
    }),
    ("a tool that moves to another toolpack", None, |w| {
        add_tool(w, "deep/er/c", "get_invoice", "Get an invoice.");
        w.git(&["checkout", "-q", "main~1", "--", "packs"]);
        w.git(&["checkout", "-q", "main", "--", "packs"]);
        support::copy(&w.path("packs/b/artifact"), &w.path("d/artifact"));
    }),
    ("a toolpack that moves", Some("pack.moved"), |w| {
        std::fs::rename(w.path("packs/b"), w.path("b")).expect("moved");
    }),
    ("a toolpack that moves over another", None, |w| {
        w.remove("packs/a");
        std::fs::rename(w.path("packs/b"), w.path("packs/a")).expect("moved");
    }),
    ("two toolpacks of one id", Some("pack.duplicate-id"), |w| {
        support::copy(&w.path("packs/b"), &w.path("copy/of/b"));
    }),
    ("a toolpack that goes", Some("op.removed"), |w| w.remove("deep/er/c")),
    ("a toolpack that goes, and its lockfile stays", None, |w| {
        for file in ["toolpack.yaml", "artifact"] {
            w.remove(&format!("packs/b/{file}"));
        }
    }),
    ("a toolpack with the approvals of another", Some("sig.replayed"), |w| {
        copy_as(w, "packs/b", "new/e", ("tp_00000000000b", "tp_00000000000e"));
    }),
    ("an approval of another toolpack", Some("sig.replayed"), |w| {
        w.action(GET_ORDER, |a| a["description"] = "Get an order, whoever's it is.".into());
        w.sync(PACK);
        let copied = w.lock("d").tools[GET_ORDER].approvals[0].clone();
        w.put(PACK, GET_ORDER, copied);
    }),
    ("a server that clients start", Some("mcp.server-added"), |w| {
        w.write(
            ".mcp.json",
            "{\"mcpServers\": {\"x\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"]}}}\n",
        );
    }),
    ("a workflow that no longer runs the gate", None, |w| {
        let text = "on: pull_request\njobs:\n  gate:\n    runs-on: x\n    steps:\n    - run: cask ci\n";
        w.write(".github/workflows/gate.yml", text);
        w.merge();
        w.remove(".github/workflows/gate.yml");
    }),
    ("a signer that is taken away", Some("trust.root-changed-in-pr"), |w| {
        w.rotate(|t| t.signers.retain(|signer| signer.id != "carol"));
    }),
    ("a trust file that nobody signed", Some("trust.rotation-unsigned"), |w| {
        let mut file = successor(&w.trust(), |_| {});
        file.signatures.clear();
        w.put_trust(&file);
    }),
    ("gate.yaml with a narrow view and a suppression that is idle", Some("sup.unused"), |w| {
        w.put_gate(
            |gate| {
                gate.toolset = Some("readonly".into());
                gate.suppressions = vec![cask::model::gate_config::Suppression {
                    rule: "tool.description-changed".into(),
                    toolpack: Some("nowhere".into()),
                    tool: None,
                    pointer: None,
                    reason: "known".into(),
                    owner: "alice".into(),
                    expires: "2027-01-31".into(),
                    line: 0,
                }];
            },
            &[Who::Alice, Who::Carol],
        );
        w.merge();
        w.replace("packs/a/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
        w.replace("d/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
    }),
    ("a toolpack that can't be read", None, |w| w.write("d/artifact/tools.json", "{")),
    ("a toolpack that nobody judges", Some("pack.outside-glob"), |w| {
        w.put_gate(|gate| gate.toolpacks.exclude = vec!["d/**".into()], &[Who::Alice, Who::Carol]);
        w.merge();
        w.replace("d/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
    }),
    ("the first trust file", Some("trust.bootstrap"), |w| {
        w.git(&["checkout", "-q", "--orphan", "fresh"]);
        w.git(&["rm", "-r", "-q", "--cached", "."]);
        w.git(&["commit", "-q", "--allow-empty", "-m", "nothing yet"]);
        w.git(&["branch", "-f", "main"]);
    }),
    ("no toolpack at all", None, |w| {
        w.git(&["checkout", "-q", "--orphan", "fresh"]);
        w.git(&["rm", "-r", "-q", "-f", "."]);
        w.git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
        w.git(&["branch", "-f", "main"]);
        w.write(
            ".mcp.json",
            "{\"mcpServers\": {\"x\": {\"command\": \"npx\", \"args\": [\"-y\", \"x\"]}}}\n",
        );
    }),
];

#[test]
fn many_machines_tell_what_one_tells() {
    let wrong = |(name, rule, change): &Change| {
        let mut w = market();
        change(&mut w);
        w.commit("head");
        let judged = w.ci();
        if rule.is_some_and(|rule| !judged.rules.contains(rule)) {
            return Some(format!("{name}: told by {:?} {}", judged.rules, judged.message));
        }
        let of: &[u32] = if name.contains("name") { &[1, 2, 3, 4, 5, 6, 7, 8] } else { &[1, 3, 8] };
        differs(&w, of).map(|what| format!("{name} {what}"))
    };
    // On threads of its own: one that waits for the template in the pool would wait for itself.
    let half = CHANGES.len().div_ceil(2);
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = CHANGES
            .chunks(half)
            .map(|some| scope.spawn(move || some.iter().filter_map(wrong).collect::<Vec<_>>()))
            .collect();
        halves.into_iter().flat_map(|half| half.join().expect("no panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A change of several toolpacks, and the three parts that tell of it.
fn three() -> (World, Vec<(String, String)>) {
    let w = market();
    w.put_gate(|_| {}, &[Who::Alice, Who::Carol]);
    w.merge();
    w.replace("packs/a/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
    w.replace("d/artifact/tools.json", "\"description\": \"", "\"description\": \"Well: ");
    w.commit("head");
    let parts = parts(&w, 3);
    (w, parts)
}

/// The part that has a toolpack, and where the toolpack stands in it.
fn find(parts: &[(String, String)], dir: &str) -> (usize, usize) {
    let at = |(n, (_, text)): (usize, &(String, String))| {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let packs = value["outcome"]["judged"]["packs"].as_array().expect("toolpacks").clone();
        Some((n, packs.iter().position(|pack| pack["judged"]["path"] == dir)?))
    };
    parts.iter().enumerate().find_map(at).expect("the toolpack")
}

type Edit = fn(&mut Value, usize);

/// What is done to the part that has `packs/a`, and what must be said of it.
const FORGERIES: &[(&str, Edit)] = &[
    ("expected schema cask.shard/1", |part, _| part["schema"] = "cask.shard/2".into()),
    ("no schema", |part, _| _ = part.as_object_mut().expect("a map").remove("schema")),
    ("judged by cask 0.0.1", |part, _| part["tool_version"] = "0.0.1".into()),
    ("4", |part, _| part["shard"]["n"] = 4.into()),
    ("K/N", |part, _| part["shard"]["k"] = 9.into()),
    ("the clock here says", |part, _| part["at"] = "2026-11-29T00:00:00Z".into()),
    ("the clock here says", |part, _| part["at"] = "2026-12-01T12:10:00Z".into()),
    ("unknown", |part, _| part["approved"] = true.into()),
    ("another head", |part, _| run(part)["head"]["commit"] = "0".repeat(40).into()),
    ("another base", |part, _| run(part)["base"]["commit"] = "0".repeat(40).into()),
    ("another trust file", |part, _| run(part)["trust"]["anchored"] = false.into()),
    ("has not the digest", |part, _| {
        run(part)["trust"]["digest"] = format!("sha256:{}", "0".repeat(64)).into()
    }),
    ("has not the digest", |part, _| run(part)["trust"]["file"]["signers"][0]["max_risk"] = "low".into()),
    ("another gate.yaml", |part, _| run(part)["gate"] = Value::Null),
    ("another --fail-on", |part, _| run(part)["asked"]["fail_on"] = "never".into()),
    ("another --author", |part, _| run(part)["asked"]["author"] = "mallory".into()),
    ("another list of toolpacks", |part, _| run(part)["list"] = "0".repeat(64).into()),
    ("not the toolpacks that the change has", |part, at| {
        packs(part).remove(at);
    }),
    ("each once", |part, at| {
        let twice = packs(part)[at].clone();
        packs(part).insert(at, twice);
    }),
    ("neither side has it", |part, at| packs(part)[at]["named"] = json!({"head": null, "base": null})),
    ("nothing of it differs", |part, at| {
        packs(part)[at]["judged"]["changed"] = false.into();
        packs(part)[at]["named"]["base"] = Value::Null;
    }),
    ("path and id", |part, at| packs(part)[at]["judged"]["id"] = "tp_other".into()),
    ("does not belong to part", |part, at| {
        packs(part)[at]["named"]["head"] = json!(["packs/shop/toolpack.yaml", "tp_1d915b164824"]);
    }),
    ("how they stand", |part, at| {
        packs(part)[at]["judged"]["states"].as_array_mut().expect("states").pop();
    }),
    ("is about", |part, at| {
        packs(part)[at]["judged"]["changes"][0]["subject"]["path"] = "packs/shop".into();
    }),
    ("no rule has the id", |part, at| packs(part)[at]["judged"]["changes"][0]["rule"] = "tool.fine".into()),
    ("no words of cask", |part, at| {
        packs(part)[at]["judged"]["changes"][0]["here"] = json!([{"say": "<img src=x> @everyone"}]);
    }),
    ("no words of cask", |part, at| packs(part)[at]["judged"]["changes"][0]["aspect"] = "<b>".into()),
    ("missing", |part, at| {
        let finding = packs(part)[at]["judged"]["changes"][0].as_object_mut().expect("a finding");
        finding.remove("covers");
    }),
    ("have to do with each other", |part, at| packs(part)[at]["together"] = Value::Null),
    ("held against the files", |part, at| {
        packs(part)[at]["drifted"] = json!([{"entry": 0, "outcome": {"given-up": []}}]);
    }),
    ("the first part alone", |part, _| {
        let is_first = part["shard"]["k"] == 1;
        let rest = json!({"repository": [], "beside": {"clients": null, "found": [], "looked_at": [],
            "not_looked_at": [], "is_empty": true}, "stayed": [], "uncommitted": 0, "notes": [], "nobody": []});
        part["outcome"]["judged"]["rest"] = if is_first { Value::Null } else { rest };
    }),
    ("was not judged: out of memory", |part, _| {
        part["outcome"] =
            json!({"error": {"subject": "", "message": "out of memory", "why": [], "hints": []}});
    }),
];

fn run(part: &mut Value) -> &mut Value {
    &mut part["outcome"]["judged"]["run"]
}

fn packs(part: &mut Value) -> &mut Vec<Value> {
    part["outcome"]["judged"]["packs"].as_array_mut().expect("toolpacks")
}

#[test]
fn what_does_not_hold_together_is_not_judged() {
    let (w, parts) = three();
    let (n, at) = find(&parts, "packs/a");
    assert!(put_together(&parts, w.now, Asked::default()).is_ok());
    for (says, edit) in FORGERIES {
        let mut value: Value = serde_json::from_str(&parts[n].1).expect("JSON");
        edit(&mut value, at);
        // A field that has it already is no forgery.
        assert!(value != serde_json::from_str::<Value>(&parts[n].1).expect("JSON"), "{says}");
        let mut forged = parts.clone();
        forged[n].1 = value.to_string();
        let came = read_and_unite(&forged, &w);
        let failed = came.expect_err(says);
        assert!(failed.contains(says), "{says}: {failed}");
    }
}

/// As `put_together`, of files that nobody wrote in that form.
fn read_and_unite(parts: &[(String, String)], w: &World) -> Result<Verdict, String> {
    use cask::cmd::handed::file::HandOver;
    use cask::cmd::handed::unite::{Parts, unite};
    use cask::cmd::handed::whole::whole;
    let told = |failed: cask::cmd::failed::Failed| format!("{} {:?}", failed.0.message, failed.0.fault);
    let mut files = Vec::new();
    for (name, text) in parts {
        files.push((name.clone(), HandOver::read(name, text.as_bytes()).map_err(|f| f.to_string())?));
    }
    let (parts, now) = whole(files, w.now).map_err(told)?;
    let asked = Asked::default();
    unite(Parts { parts, told: Vec::new(), now, asked }).map(|report| report.verdict).map_err(told)
}

#[test]
fn every_part_has_to_be_there_once() {
    let (w, parts) = three();
    for n in 0..3 {
        let mut fewer = parts.clone();
        let left_out = fewer.remove(n);
        let failed = put_together(&fewer, w.now, Asked::default()).expect_err("a part is missing");
        assert_eq!(failed.0.message, format!("missing: {}/3", n + 1));
        let twice: Vec<(String, String)> = parts.iter().cloned().chain([left_out]).collect();
        let failed = put_together(&twice, w.now, Asked::default()).expect_err("a part is there twice");
        assert!(failed.0.message.ends_with("is there twice"), "{}", failed.0.message);
    }
    assert!(put_together(&[], w.now, Asked::default()).is_err());
    let half = [("part.json".to_owned(), parts[0].1[..parts[0].1.len() / 2].to_owned())];
    assert!(put_together(&half, w.now, Asked::default()).is_err());
    // Of another change.
    w.write("README.md", "another\n");
    w.commit("more");
    let mut mixed = parts.clone();
    mixed[1] = in_parts::parts(&w, 3)[1].clone();
    let failed = put_together(&mixed, w.now, Asked::default()).expect_err("two changes");
    assert_eq!(failed.0.message, "part 2/3 judged by another head than part 1/3");
}

#[test]
fn where_the_report_is_made_only_a_stricter_word_counts() {
    let (w, parts) = three();
    let fails = |fail_on| {
        let asked = Asked { fail_on: Some(fail_on), ..Asked::default() };
        put_together(&parts, w.now, asked).expect("a report").fail_on
    };
    assert_eq!(w.args.report.fail_on, Some(FailOn::Any));
    assert_eq!((fails(FailOn::Never), fails(FailOn::Any)), (FailOn::Any, FailOn::Any));
}

#[test]
fn the_commands_hand_over_and_put_together() {
    let (w, _) = three();
    let cask = |words: &str| {
        let args = format!("cask {words}");
        within(&w, w.now, |ctx| cli::run(args.split(' ').map(Into::into).collect::<Vec<_>>(), ctx))
    };
    let files = ["out/1.json", "out/2.json", "out/3.json"];
    std::fs::create_dir_all(w.path("out")).expect("a folder");
    w.write(".git/info/exclude", "out\n");
    for (n, file) in files.iter().enumerate() {
        let line = format!("ci --base-ref main --shard {}/3 --output {file}", n + 1);
        assert_eq!(cask(&line), (0, String::new()), "{line}");
    }
    for format in ["terminal", "json", "github-md", "sarif"] {
        let one = cask(&format!("ci --base-ref main --format {format}"));
        let many = cask(&format!("report merge {} --format {format}", files.join(" ")));
        assert_eq!(one, many, "{format}");
        assert_eq!(one.0, 2);
    }
    // gate.yaml says breaking: the stricter word.
    assert_eq!(cask(&format!("report merge {} --fail-on never", files.join(" "))).0, 2);
    assert_eq!(cask("ci --base-ref main --fail-on never").0, 2);
    // A part that can't be judged says so, and takes the place of what stood there.
    assert_eq!(cask("ci --base-ref nowhere --shard 2/3 --output out/2.json").0, 3);
    let (code, out) = cask(&format!("report merge {} --format json", files.join(" ")));
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &report["verdict"]), (3, &json!("error")), "{out}");
    assert_eq!(report["command"], "report merge");
    assert!(
        report["error"]["message"].as_str().expect("a text").starts_with("part 2/3 was not judged"),
        "{out}"
    );
    for line in
        ["ci --shard 0/3", "ci --shard 1/3 --format json", "report merge", "report merge out/none.json"]
    {
        assert_eq!(cask(line).0, 3, "{line}");
    }
}
