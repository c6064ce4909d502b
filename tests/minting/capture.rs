//! Recordings from outside: what is imported, what is left out, what is refused; and every row of the reference
//! system's tables, with the reason where we differ.

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use cask::canon::json::compact;
use cask::canon::read_json::read_json;
use cask::canon::{Limits, Node};
use cask::capture::filter::{Told, is_api, is_blocked, is_static};
use cask::capture::redact::headers::{Fate, fate};
use cask::capture::redact::names::Names;
use cask::capture::redact::stand_in::PLAIN;
use cask::capture::redact::values::Redactor;
use cask::capture::wanted::Wanted;
use cask::capture::{Profile, leaks, url};
use support::Place;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/capture");

fn fixture(name: &str) -> String {
    std::fs::read_to_string(format!("{FIXTURES}/{name}")).expect(name)
}

/// The rows of a table below its head.
fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fixture(name);
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

/// What we make of a row of redaction.tsv.
fn redacted(kind: &str, profile: Profile, input: &str) -> String {
    let mut redactor = Redactor::new(profile);
    match kind {
        "header" => {
            let (name, value) = input.split_once(": ").expect("a header");
            let value = match fate(&name.to_ascii_lowercase(), profile, &mut Names::default()) {
                Fate::Secret(_) | Fate::Personal => PLAIN.to_owned(),
                Fate::Noise => return "left out".to_owned(),
                Fate::Address => redactor.address(value).unwrap_or_else(|| value.to_owned()),
                Fate::Text => redactor.text(value).unwrap_or_else(|| value.to_owned()),
            };
            format!("{name}: {value}")
        }
        "url" => redactor.address(input).unwrap_or_else(|| input.to_owned()),
        "text" => redactor.text(input).unwrap_or_else(|| input.to_owned()),
        "json" => {
            let mut node = read_json("row", input.as_bytes(), &Limits::new(1 << 16)).expect(input);
            redactor.json(&mut node);
            compact(&node)
        }
        other => panic!("{other}"),
    }
}

/// What every row of every table comes to: its name, the reference's answer, ours.
fn answers() -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    let mut add = |table: &str, key: &[&str], theirs: &str, ours: String| {
        out.push((format!("{table}: {}", key.join(" | ")), theirs.to_owned(), ours));
    };
    for row in rows("redaction.tsv") {
        let [kind, word, input, theirs] = &row[..] else { panic!("{row:?}") };
        let (profile, _) = Profile::ALL.into_iter().find(|(_, own)| own == word).expect(word);
        let ours = redacted(kind, profile, &unescaped(input));
        add("redaction", &[kind, word, input], theirs, ours.replace('\\', "\\\\").replace('\n', "\\n"));
    }
    for row in rows("hosts.tsv") {
        let [pattern, host, theirs] = &row[..] else { panic!("{row:?}") };
        let host_text = format!("https://{host}/");
        let ours = match (Wanted::parse([pattern]), url::parse(&host_text)) {
            (Err(_), _) => "refused".to_owned(),
            (Ok(wanted), Ok(address)) => wanted.has(&address.scheme, &address.host).to_string(),
            (Ok(_), Err(_)) => "no address".to_owned(),
        };
        add("hosts", &[pattern, host], theirs, ours);
    }
    for row in rows("har_api_detect.tsv") {
        let [method, link, media, resource, theirs] = &row[..] else { panic!("{row:?}") };
        let address = url::parse(link).expect(link);
        let told = Told { method, path: address.path, media, resource, answered: true, upgraded: false };
        add("har_api_detect", &[method, link, media, resource], theirs, is_api(told).to_string());
    }
    for row in rows("path_filters.tsv") {
        let [path, blocked, _, fixed] = &row[..] else { panic!("{row:?}") };
        add("blocked", &[path], blocked, is_blocked(path).to_string());
        add("static", &[path], fixed, is_static(path).to_string());
    }
    out
}

#[test]
fn we_answer_as_the_reference_does_but_for_the_rows_that_say_why() {
    let mut told: BTreeMap<String, (String, String)> = BTreeMap::new();
    for row in rows("deviations.tsv") {
        let [row, ours, reason] = &row[..] else { panic!("{row:?}") };
        assert!(reason.len() > 10, "{row} has no reason");
        assert!(told.insert(row.clone(), (ours.clone(), reason.clone())).is_none(), "{row} stands twice");
    }
    let mut wrong = Vec::new();
    for (row, theirs, ours) in answers() {
        match told.remove(&row) {
            None if theirs == ours => {}
            None => wrong.push(format!("{row}\t{ours}\t(theirs: {theirs})")),
            Some((said, _)) if said == ours && ours != theirs => {}
            Some((said, _)) => wrong.push(format!("{row}\t{ours}\t(said: {said})")),
        }
    }
    wrong.extend(told.keys().map(|row| format!("{row}: no such row")));
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn no_row_of_the_tables_leaves_a_secret() {
    for (row, _, ours) in answers().into_iter().filter(|(row, ..)| row.starts_with("redaction: ")) {
        assert_eq!(leaks(&unescaped(&ours)), None, "{row}: {ours}");
    }
}

fn capture(place: &Place, told: &str) -> (Node, String) {
    let id = told.lines().next().and_then(|line| line.strip_prefix("Capture saved: ")).expect(told);
    let folder = format!(".caskmcp/captures/{id}");
    assert!(told.contains(&format!("\n  Location: {folder}\n")), "{told}");
    let header = place.read(&format!("{folder}/capture.json"));
    let node = read_json("capture.json", header.as_bytes(), &Limits::new(1 << 20)).expect("JSON");
    assert_eq!(node.at("/id").and_then(Node::as_text), Some(id));
    (node, place.read(&format!("{folder}/exchanges.jsonl")))
}

/// The exchanges of a capture, as `METHOD url`.
fn calls(lines: &str) -> Vec<String> {
    let one = |line: &str| {
        let node = read_json("line", line.as_bytes(), &Limits::new(1 << 20)).expect(line);
        let text = |name: &str| node.get(name).and_then(Node::as_text).expect(name).to_owned();
        assert_eq!(text("id").len(), 16, "{line}");
        format!("{} {}", text("method"), text("url"))
    };
    lines.lines().map(one).collect()
}

fn count(header: &Node, pointer: &str) -> i64 {
    header.at(&format!("/counts/{pointer}")).and_then(Node::as_int).unwrap_or(0)
}

#[test]
fn a_recording_is_imported_counted_and_holds_no_secret() {
    let place = Place::new();
    place.write("shop.har", fixture("shop.har"));
    let told = place.cask(&["capture", "import", "shop.har", "-a", "*.shop.example.com"]).ok();
    let (header, lines) = capture(&place, &told);
    assert_eq!((count(&header, "read"), count(&header, "kept")), (43, 34), "{told}");
    let skipped = header.at("/counts/skipped").expect("reasons");
    let told_skips: Vec<(&str, i64)> =
        skipped.members().iter().map(|(word, n)| (word.as_str(), n.as_int().expect("a number"))).collect();
    assert_eq!(
        told_skips,
        [("not-api", 3), ("other-host", 1), ("preflight", 1), ("static", 2), ("stream", 2)],
        "every entry is accounted for"
    );
    let calls = calls(&lines);
    assert_eq!(calls.len(), 34);
    assert!(calls.contains(&"PURGE https://api.shop.example.com/v1/cache/home".to_owned()), "{calls:?}");
    assert!(calls.contains(&"GET https://api.shop.example.com/v1/reset/{token}".to_owned()), "{calls:?}");
    let sorted: BTreeSet<&str> = lines.lines().collect();
    assert_eq!(sorted.len(), 34);
    for secret in [
        "abc.def-123",
        "SECRETKEY123",
        "hunter2",
        "pk_live_999",
        "4111111111111111",
        "ann@example.org",
        "new@example.org",
        "555-123-4567",
        "zzz",
        "Zk3v9QeR7uPq2Lw8XyT5",
        "eyJhbGci",
        "eyJpZCI6MSwic2VjcmV0X25vdGUiOiJ4In0",
    ] {
        assert!(!lines.contains(secret) && !told.contains(secret), "{secret}");
    }
    for line in lines.lines() {
        assert_eq!(leaks(line), None, "{line}");
    }
    assert!(lines.contains("\"secret_note\""), "what was base64 is read");
    assert!(lines.contains("{\"scheme\":\"bearer\"}") && lines.contains("{\"query\":\"api_key\"}"));
    assert!(told.contains("authorization header 25"), "{told}");

    let again = place.cask(&["capture", "import", "shop.har", "-a", "*.shop.example.com"]).ok();
    assert_eq!(told, again, "the same bytes have the same name");
}

#[test]
fn what_was_stored_is_read_again_and_nothing_is_left_to_take_out() {
    let place = Place::new();
    place.write("shop.har", fixture("shop.har"));
    let told = place.cask(&["capture", "import", "shop.har", "-a", "*.shop.example.com"]).ok();
    let (first, lines) = capture(&place, &told);
    let id = first.at("/id").and_then(Node::as_text).expect("an id");
    let again = place.cask(&["capture", "import", &format!(".caskmcp/captures/{id}"), "-o", "other"]).ok();
    assert!(again.starts_with(&format!("Capture saved: {id}\n")), "{again}");
    assert!(again.contains("\n  Redacted: 0\n"), "{again}");
    assert_eq!(place.read(&format!("other/captures/{id}/exchanges.jsonl")), lines);

    for (name, text) in
        [("session.json", fixture("v1/session.json")), ("exchanges.json", fixture("v1/exchanges.json"))]
    {
        place.write(&format!("v1/{name}"), text);
    }
    let told = place.cask(&["capture", "import", "v1"]).ok();
    let (header, lines) = capture(&place, &told);
    assert_eq!(header.at("/kinds/0").and_then(Node::as_text), Some("capture-v1"));
    assert!(calls(&lines).contains(&"GET https://api.example.com/api/users".to_owned()), "{lines}");
    assert!(!lines.contains("john@example.com"), "the reference system kept it");
}

#[test]
fn folders_of_either_age_are_summarized() {
    let place = Place::new();
    place.write("v1/exchanges.json", fixture("v1/exchanges.json"));
    place.write("ann@example.org.har", fixture("shop.har"));
    let told = place.cask(&["capture", "import", "v1"]).ok();
    let (header, _) = capture(&place, &told);
    let ours = format!(".caskmcp/captures/{}", header.at("/id").and_then(Node::as_text).expect("an id"));
    for (source, kind) in [("v1", "capture-v1"), (&ours, "capture"), ("ann@example.org.har", "har")] {
        let hosts = ["-a", "api.example.com", "-a", "*.shop.example.com"];
        place.cask(&[&["capture", "summarize", source, "-o", "a.part"][..], &hosts].concat()).ok();
        let part = place.read("a.part");
        let first = part.lines().next().expect("a header");
        let said =
            first.contains(&format!(r#""kind": "{kind}""#)) || kind == "har" && !first.contains("kind");
        assert!(said, "{source}: {first}");
        assert!(!part.contains("ann@"), "{first}");
    }
}

#[cfg(unix)]
#[test]
fn one_file_under_two_names_tells_nothing_twice() {
    let place = Place::new();
    place.write("a.har", fixture("shop.har"));
    std::os::unix::fs::symlink(place.path("a.har"), place.path("b.har")).expect("a link");
    let import = |files: &[&str]| place.cask(&[&["capture", "import"], files, &["-n", "x"]].concat()).ok();
    assert_eq!(import(&["a.har"]), import(&["b.har", "a.har", "./a.har"]));
}

#[test]
fn entries_without_end_are_read_in_time() {
    let place = Place::new();
    let entry = |query: &str, headers: &str, text: &str| {
        format!(
            r#"{{"request":{{"method":"GET","url":"https://a.example/api/x?{query}","headers":[{headers}]}},"response":{{"status":200,"content":{{"mimeType":"application/json","text":{text:?}}}}}}}"#
        )
    };
    let headers: Vec<String> = (0..30_000).map(|n| format!(r#"{{"name":"h{n}","value":"v"}}"#)).collect();
    let tokens = format!("{{\"u\":\"{}\"}}", "Zk3v9QeR7uPq2Lw8XyT5+".repeat(49_000));
    let entries =
        [entry(&"a=/?".repeat(15_000), "", ""), entry("", &headers.join(","), ""), entry("", "", &tokens)];
    place.write("odd.har", format!("{{\"log\":{{\"entries\":[{}]}}}}", entries.join(",")));
    let told = place.cask(&["capture", "import", "odd.har", "-a", "a.example"]).ok();
    let (_, lines) = capture(&place, &told);
    assert!(calls(&lines).len() == 3 && !lines.contains("Zk3v9"), "{told}");
}

#[test]
fn order_of_files_and_packing_change_nothing() {
    let place = Place::new();
    place.write("a.har", fixture("shop.har"));
    place.write("b.har", format!("\u{FEFF}{}", fixture("demo_sample.har")));
    let hosts = ["-a", "*.shop.example.com", "-a", "api.example.com"];
    let import = |files: &[&str]| {
        place.cask(&[&["capture", "import"], files, &hosts[..], &["-n", "both"]].concat()).ok()
    };
    let first = import(&["a.har", "b.har"]);
    assert_eq!(first, import(&["b.har", "a.har", "b.har"]));
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(fixture("shop.har").as_bytes()).expect("it fits");
    place.write("a.har.gz", packer.finish().expect("it fits"));
    assert_eq!(first, import(&["a.har.gz", "b.har"]));
    assert!(
        capture(&place, &first).1.contains("/api/users?page=1&limit=10"),
        "from queryString, where the address has none"
    );
}

#[test]
fn hosts_are_inferred_and_said() {
    let place = Place::new();
    place.write("shop.har", fixture("shop.har"));
    let told = place.cask(&["capture", "import", "shop.har"]).ok();
    assert!(told.contains("\n  Hosts: api.shop.example.com, www.shop.example.com (most calls"), "{told}");
    let err = place.cask(&["capture", "import", "shop.har", "-a", "other.example"]).failed();
    assert!(err.contains("nothing in it is kept") && err.contains("api.shop.example.com (34)"), "{err}");
    let err = place.cask(&["capture", "import", "shop.har", "-a", "*"]).failed();
    assert!(err.contains("-a *: "), "{err}");
    assert!(
        !place
            .path(".caskmcp/captures")
            .read_dir()
            .expect("a folder")
            .any(|entry| { entry.expect("an entry").file_name().to_string_lossy().starts_with('.') })
    );
}

#[test]
fn spans_of_either_generation_are_calls() {
    let place = Place::new();
    place.write("new.json", fixture("otel_new.json"));
    place.write("old.ndjson", fixture("otel_legacy.ndjson"));
    let hosts = ["-a", "billing.example.com", "-a", "billing.example.com:8443"];
    let told = place.cask(&[&["capture", "import", "new.json"], &hosts[..]].concat()).ok();
    let (header, lines) = capture(&place, &told);
    assert_eq!(
        calls(&lines),
        [
            "GET https://billing.example.com/invoices/4711?expand=lines",
            "DELETE https://billing.example.com/invoices/4712",
            "GET https://billing.example.com/invoices/4712",
            "POST https://billing.example.com:8443/invoices?dry=true",
        ]
    );
    assert_eq!((count(&header, "read"), count(&header, "kept")), (11, 4), "{told}");
    for (word, n) in
        [("duplicate", 1), ("not-http", 2), ("no-url", 1), ("other-host", 1), ("static", 1), ("not-api", 1)]
    {
        assert_eq!(count(&header, &format!("skipped/{word}")), n, "{word}: {told}");
    }
    assert!(lines.contains("\"route\":\"/invoices/{id}\""), "{lines}");
    assert!(lines.contains("\"media\":\"application/json\""), "of a list of values: {lines}");
    assert!(lines.contains("\"x-list\":[\"a\",\"b\"]") && !lines.contains("secretsecret"), "{lines}");

    let told = place
        .cask(&[
            "capture",
            "import",
            "old.ndjson",
            "-a",
            "legacy.example.com",
            "-a",
            "legacy.example.com:8080",
        ])
        .ok();
    let (header, lines) = capture(&place, &told);
    assert_eq!(
        (count(&header, "read"), count(&header, "kept"), count(&header, "skipped/malformed")),
        (6, 4, 2),
        "{told}"
    );
    assert!(told.contains("    - old.ndjson: the entry on line 3 can't be read\n"), "{told}");
    assert!(calls(&lines).contains(&"PUT https://legacy.example.com:8080/users/{id}".to_owned()), "{lines}");
}

#[test]
fn bodies_of_every_form_are_read_and_hold_no_secret() {
    let place = Place::new();
    place.write("bodies.har", fixture("bodies.har"));
    let told = place.cask(&["capture", "import", "bodies.har", "-a", "api.shop.example"]).ok();
    let (header, lines) = capture(&place, &told);
    assert_eq!((count(&header, "read"), count(&header, "kept")), (6, 6), "{told}");
    assert!(!lines.contains("hunter") && !told.contains("hunter"), "{lines}");
    for part in [
        r#""form":[["login","ann"],["password","[REDACTED]"]]"#,
        r#""form":[["title","Shoes"],["api_key","[REDACTED]"],["doc","[FILE]"]]"#,
        r#""json":{"id":7,"upload_token":"[REDACTED]"},"media":"text/html""#,
        r#""text":"<a><Password>[REDACTED]</Password><note token=\"[REDACTED]\">x</note></a>""#,
        r#""json":[{"a":[{"secret":"[REDACTED]"}]}],"media":"application/vnd.api+json""#,
        r#""credentials":[{"scheme":"basic"}]"#,
        r#""location":["https://b.example/cb?code=%5BREDACTED%5D&state=2"]"#,
        r#""bytes":4,"media":"image/x""#,
        "mutation Login($password: String!) { login(password: $password) { token } }",
        r#""variables":{"password":"[REDACTED]"}"#,
        r#""json":{"data":{"login":{"n":3,"ok":true,"token":"[REDACTED]"}}}"#,
        r#""text":"key: [REDACTED_BASIC] and api_key=[REDACTED]\nline 2""#,
    ] {
        assert!(lines.contains(part), "{part}\n{lines}");
    }
}

#[test]
fn one_entry_that_cannot_be_read_costs_no_other() {
    let place = Place::new();
    let good = r#"{"request":{"method":"GET","url":"https://a.example/api/x","headers":null},"response":{"status":200,"headers":[{"value":"x"}]}}"#;
    let text = format!("{{\"log\":{{\"entries\":[\n{good},\n{{\"request\":NaN}},\n7,\n{good}]}}}}");
    place.write("odd.har", text);
    let told = place.cask(&["capture", "import", "odd.har", "-a", "a.example"]).ok();
    assert!(told.contains("\n  Exchanges: 2\n  Filtered: 2 (malformed 2)\n"), "{told}");
    assert!(told.contains(
        "    - odd.har: the entry on line 3 can't be read\n    - odd.har: the entry on line 4 can't be read\n"
    ));
    let (_, lines) = capture(&place, &told);
    let ids: Vec<&str> = lines.lines().map(|line| line.split('"').nth(3).expect("an id")).collect();
    assert_eq!(ids[1], format!("{}-2", ids[0]), "the same call twice");
}

#[test]
fn what_is_no_recording_is_refused_with_its_place_and_nothing_is_written() {
    let place = Place::new();
    for row in rows("errors.tsv") {
        let [name, text, tells] = &row[..] else { panic!("{row:?}") };
        match text.as_str() {
            "" => place.write(name, fixture(&format!("bad/{name}"))),
            text => place.write(name, unescaped(text)),
        }
        let err = place.cask(&["capture", "import", name, "-a", "a.example"]).failed();
        assert!(err.contains(tells), "{name}: {err}");
        assert!(err.contains(name), "{name}: {err}");
    }
    let shop = fixture("shop.har");
    place.write("cut.har", &shop[..shop.len() / 2]);
    let err = place.cask(&["capture", "import", "cut.har", "-a", "*.shop.example.com"]).failed();
    assert!(err.contains("ends inside entry") && err.contains("cut.har"), "{err}");
    place.write("utf16.har", [0xFF, 0xFE, b'{', 0]);
    assert!(place.cask(&["capture", "import", "utf16.har"]).failed().contains("UTF-16"));
    place.write(
        "bytes.har",
        b"{\"log\":{\"entries\":[{\"request\":{\"url\":\"https://a.example/api/\xff\"}}]}}",
    );
    assert!(
        place.cask(&["capture", "import", "bytes.har", "-a", "a.example"]).failed().contains("malformed")
    );
    place.write(
        "wide.har",
        format!("{{\"log\":{{\"comment\":\"{}\",\"entries\":[]}}}}", "x".repeat(11 << 20)),
    );
    assert!(place.cask(&["capture", "import", "wide.har"]).failed().contains("10 MiB"));
    for args in [
        &["none.har"][..],
        &["cut.har", "--no-redact"],
        &["cut.har", "--input-format", "openapi"],
        &["cut.har", "--redaction-profile", "x"],
    ] {
        place.cask(&[&["capture", "import"], args].concat()).failed();
    }
    place.cask(&["capture", "record", "https://a.example", "--browser-path", "none"]).failed();
    let left = place.path(".caskmcp/captures").read_dir().map(|dir| dir.count()).unwrap_or(0);
    assert_eq!(left, 0, "nothing is left of what was refused");
}

/// The example of OpenTelemetry's own documents, as one document and as lines: spans of no HTTP call.
#[test]
fn spans_of_nothing_that_is_called_are_told() {
    let place = Place::new();
    let example = fixture("real/otlp-trace.json");
    let line = example.split_whitespace().collect::<Vec<_>>().join(" ");
    place.write("lines.jsonl", format!("{line}\n{{\"resourceSpans\":[]}}\n"));
    place.write("trace.json", example);
    for file in ["trace.json", "lines.jsonl"] {
        let err = place.cask(&["capture", "import", file]).failed();
        assert!(err.contains("nothing in it is kept") && err.contains("http.request.method"), "{err}");
    }
    assert!(!place.path(".caskmcp").exists(), "nothing is left of what was refused");
}

#[test]
fn recordings_of_others_are_read_and_tell_nothing() {
    let place = Place::new();
    let mut kept = 0;
    for entry in std::fs::read_dir(format!("{FIXTURES}/real")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|end| end != "har") {
            continue;
        }
        let ran = place.cask(&["capture", "import", &path.to_string_lossy()]);
        // Lines are folded where they are long.
        let err = ran.err.split_whitespace().collect::<Vec<_>>().join(" ");
        let nothing = err.contains("nothing in it is kept") || err.contains("it holds pages");
        assert!(ran.code == 0 || nothing, "{}: {}{err}", path.display(), ran.out);
        if ran.code == 0 {
            let (_, lines) = capture(&place, &ran.out);
            kept += calls(&lines).len();
            lines.lines().for_each(|line| assert_eq!(leaks(line), None, "{line}"));
        }
    }
    assert!(kept >= 4, "{kept}");
}
