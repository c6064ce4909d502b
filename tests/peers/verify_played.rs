//! Playbooks that are played in a real Chromium: what pages show is looked at, what they call is what it is traced to, and what
//! can't be done or looked at is never a pass. Where there is no Chromium, each test says that it looked at nothing.

use crate::{chromium, support, upstream};

use std::time::{Duration, Instant};

use chromium::{alone, chromium};
use serde_json::{Value, json};
use support::{Place, Ran};
use upstream::{Answered, Upstream};

/// What a page shows and no report may.
const OWN: &str = "quite-own-words";

const SHOP: &str = r#"<!doctype html><title>Shop</title><h1>Shop</h1>
<form id=find action="/found"><label>Search <input name=q></label>
<select name=sort><option value=price>Price</option><option value=name>Name</option></select></form>
<button id=load>Load</button><p role=status></p><pre></pre>
<script>
document.querySelector('#load').onclick = async () => {
  const order = await (await fetch('/api/orders/7')).json();
  document.querySelector('[role=status]').textContent = order.state;
  document.querySelector('pre').textContent = JSON.stringify(order);
};
</script>"#;

const FOUND: &str = r#"<!doctype html><title>Found</title><h1 id=q></h1><script>
const said = new URLSearchParams(location.search);
document.querySelector('#q').textContent = said.get('q') + ' by ' + said.get('sort');
</script>"#;

const DIALOGS: &str = r#"<!doctype html><h1>Shop</h1><script>
for (let n = 0; n < 20; n += 1) setTimeout(() => alert('look here ' + n), n);
window.onbeforeunload = () => 'stay';
</script>"#;

const BUSY: &str = "<!doctype html><h1>Shop</h1><script>setTimeout(() => { for (;;); }, 1200)</script>";

fn site() -> Upstream {
    Upstream::new(|asked| {
        let html = |text: &str| Answered::of(200, "text/html", text);
        match asked.target.split('?').next().unwrap_or_default() {
            "/" => html(SHOP),
            "/found" => html(FOUND),
            "/dialogs" => html(DIALOGS),
            "/busy" => html(BUSY),
            "/round" => Answered::of(302, "text/html", "").with("location", "/round"),
            "/api/orders/7" => {
                Answered::json(200, &json!({"id": 7, "state": "Handed to the carrier", "note": OWN}))
            }
            _ => Answered::of(404, "text/plain", "not here"),
        }
    })
}

fn description(port: u16) -> String {
    format!(
        r#"openapi: 3.1.0
info: {{title: Shop, version: "1"}}
servers: [{{url: "http://127.0.0.1:{port}/api"}}]
paths:
  /orders/{{id}}:
    get:
      operationId: getOrder
      parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
      responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: object, properties: {{id: {{type: integer}}, state: {{type: string}}, note: {{type: string}}}}}}}}}}}}}}
  /stock:
    get:
      operationId: getStock
      responses: {{"200": {{description: ok, content: {{application/json: {{schema: {{type: object, properties: {{left: {{type: integer}}}}}}}}}}}}}}
"#
    )
}

/// A toolpack of a site, and the site.
struct Scene {
    place: Place,
    site: Upstream,
    _alone: std::sync::MutexGuard<'static, ()>,
}

fn scene() -> Option<Scene> {
    chromium()?;
    let alone = alone();
    let (place, site) = (Place::with_git(), site());
    place.write("api.yaml", description(site.port));
    place.cask(&["mint", "api.yaml", "-o", "shop"]).ok();
    Some(Scene { place, site, _alone: alone })
}

impl Scene {
    /// Plays steps from a first page on, and looks.
    fn play(&self, first: &str, steps: &str, pages: &str, more: &[&str]) -> Ran {
        let url = format!("http://127.0.0.1:{}{first}", self.site.port);
        self.place.write(
            "tour.yaml",
            format!("version: \"1.0\"\nsteps:\n- {{type: goto, url: '{url}', timeout_ms: 20000}}\n{steps}"),
        );
        self.place.write("pages.yaml", format!("version: \"1.0\"\nui_assertions:\n{pages}"));
        let files = ["--playbook", "tour.yaml", "--ui-assertions", "pages.yaml", "--format", "json"];
        self.place.cask(&[&["verify", "--toolpack", "shop"], &files[..], more].concat())
    }

    fn report(&self, first: &str, steps: &str, pages: &str, code: i32) -> Value {
        let ran = self.play(first, steps, pages, &["--live", "--headless"]);
        assert_eq!(ran.code, code, "{}\n{}", ran.out, ran.err);
        assert!(!ran.out.contains(OWN) && !ran.err.contains(OWN), "{}\n{}", ran.out, ran.err);
        serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {}", ran.out))
    }

    /// That it could not be looked: what was told, in one line.
    fn unseen(&self, first: &str, steps: &str, pages: &str) -> String {
        let ran = self.play(first, steps, pages, &["--live", "--headless"]);
        assert_eq!(ran.code, 3, "{}\n{}", ran.out, ran.err);
        line(&ran.err)
    }
}

/// In one line: where lines break hangs on the lengths of paths.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn provenance(report: &Value) -> Value {
    let sections = report["verify"]["toolpacks"][0]["sections"].as_array().expect("sections");
    sections.iter().find(|own| own["mode"] == "provenance").expect("provenance").clone()
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().expect("findings").iter().filter_map(|f| f["rule"].as_str()).collect()
}

const LOAD: &str = "- {type: click, locator: {by: role, value: button, name: load}}\n\
                    - {type: extract, locator: {by: css, value: '[role=status]'}}\n";
const STATE: &str = "- {name: on its way, locator: {by: role, value: status}, expect: {type: contains_text, value: handed to the carrier}}\n";

#[test]
fn what_a_page_shows_is_seen_there_and_traced_to_the_call_it_comes_from() {
    let Some(scene) = scene() else { return };
    let pages = format!(
        "{STATE}\
         - {{name: as data, locator: {{by: css, value: pre}}, expect: {{type: json_shape, value: {{id: null, state: null}}}}}}\n\
         - {{name: whole, locator: {{by: xpath, value: '//*[@role=\"status\"]'}}, expect: {{type: equals, value: Handed to the carrier}}}}\n\
         - {{name: pattern, locator: {{by: text, value: handed to the carrier}}, expect: {{type: regex, value: '^Handed'}}}}\n"
    );
    let made = scene.report("/", LOAD, &pages, 0);
    let section = provenance(&made);
    assert_eq!((&section["status"], &section["basis"]), (&json!("pass"), &json!("recorded")), "{section}");
    for result in section["results"].as_array().expect("results") {
        assert_eq!(result["top_candidates"][0]["tool_id"], "get_order", "{result}");
    }
    let files = ["--live", "--headless", "--playbook", "tour.yaml", "--ui-assertions", "pages.yaml"];
    let told = line(&scene.place.cask(&[&["verify", "--toolpack", "shop"], &files[..]].concat()).ok());
    assert!(told.contains("played to its end; 1 calls of the toolpack were recorded"), "{told}");
    let (seen, unseen) = told.split_once(" unseen ").expect("both");
    assert!(seen.contains("the pages themselves") && !unseen.contains("the pages themselves"), "{told}");

    // Without --live nothing is played, and that is said.
    let before = scene.site.asked().len();
    let made: Value = serde_json::from_str(&scene.play("/", LOAD, STATE, &[]).out).expect("JSON");
    assert_eq!(provenance(&made)["basis"], "heuristic");
    let told = line(&scene.place.cask(&[&["verify", "--toolpack", "shop"], &files[2..]].concat()).out);
    assert!(
        told.split_once(" unseen ").is_some_and(|(_, unseen)| unseen.contains("the pages themselves")),
        "{told}"
    );
    assert_eq!(scene.site.asked().len(), before);
}

#[test]
fn what_a_page_does_not_show_fails() {
    let Some(scene) = scene() else { return };
    let pages = format!(
        "{STATE}\
         - {{name: lost, locator: {{by: role, value: status}}, expect: {{type: equals, value: Lost}}, capture_window_ms: 300}}\n\
         - {{name: refund, locator: {{by: css, value: '#refund'}}, expect: {{type: contains_text, value: x}}, capture_window_ms: 300}}\n"
    );
    let made = scene.report("/", LOAD, &pages, 2);
    assert_eq!(rules(&made), ["verify.contract-broken", "verify.contract-broken"], "{made}");
    let section = provenance(&made);
    let results = section["results"].as_array().expect("results");
    let told: Vec<String> = results.iter().map(|r| format!("{} {}", r["status"], r["notes"])).collect();
    assert!(told[0].starts_with("\"pass\""), "{told:?}");
    assert!(told[1].contains("fail") && told[1].contains("it shows something else"), "{told:?}");
    assert!(told[2].contains("fail") && told[2].contains("there is no such element"), "{told:?}");
}

#[test]
fn every_step_is_done_and_one_that_can_t_be_is_told_with_its_place() {
    let Some(scene) = scene() else { return };
    let steps = "- {type: fill, locator: {by: label, value: Search}, value: lamp}\n\
                 - {type: select, locator: {by: css, value: select}, value: Name}\n\
                 - {type: scroll}\n- {type: submit, locator: {by: css, value: '#find'}}\n\
                 - {type: wait, url: /found}\n- {type: extract, locator: {by: role, value: heading}}\n";
    let pages =
        "- {name: found, locator: {by: role, value: heading}, expect: {type: equals, value: lamp by name}}\n";
    // It is shown, and comes from no call: that stays open.
    let made = scene.report("/", steps, pages, 1);
    assert!(rules(&made).iter().all(|rule| *rule != "verify.contract-broken"), "{made}");

    let steps =
        "- {type: scroll}\n- {type: click, name: pay, locator: {by: css, value: '#pay'}, timeout_ms: 300}\n";
    let told = scene.unseen("/", steps, STATE);
    assert!(
        told.contains("step 3 (click, \"pay\") can't be done") && told.contains("there is no such element"),
        "{told}"
    );
    let told =
        scene.unseen("/", "- {type: extract, locator: {by: role, value: status}, timeout_ms: 300}\n", STATE);
    assert!(told.contains("step 2 (extract) can't be done"), "{told}");
    let bad = "- {name: odd, locator: {by: css, value: '[['}, expect: {type: equals, value: x}, capture_window_ms: 100}\n";
    let told = scene.unseen("/", LOAD, bad);
    assert!(told.contains("nobody could look whether it shows \"odd\""), "{told}");
}

#[test]
fn hostile_pages_are_contained() {
    let Some(scene) = scene() else { return };
    let began = Instant::now();
    let told = scene.unseen("/round", "- {type: scroll}\n", STATE);
    assert!(told.contains("step 1 (goto) can't be done"), "{told}");
    let told = scene.unseen("/busy", "- {type: wait, ms: 1500}\n", STATE);
    assert!(told.contains("nobody could look") || told.contains("was not played to its end"), "{told}");
    // Dialogs are dismissed, and the page is looked at all the same.
    let pages = "- {name: title, locator: {by: role, value: heading}, expect: {type: equals, value: Shop}}\n";
    let made = scene.report("/dialogs", "- {type: wait, ms: 500}\n", pages, 1);
    assert!(rules(&made).iter().all(|rule| *rule != "verify.contract-broken"), "{made}");
    assert!(began.elapsed() < Duration::from_secs(120), "{:?}", began.elapsed());
}

#[test]
fn what_can_t_be_played_is_refused_before_a_browser_starts() {
    let Some(scene) = scene() else { return };
    for (playbook, says) in [
        ("steps: [{type: scroll}]", "nothing leads to the first page"),
        ("steps: [{type: goto, url: 'file:///etc/passwd'}]", "no address of a page"),
        ("steps: [{type: goto, url: 'http://u:p@127.0.0.1:1/'}]", "a name or a password in it"),
        ("steps: [{type: goto, url: 'http://127.0.0.1:1/', run: 'alert(1)'}]", "unknown member"),
    ] {
        scene.place.write("tour.yaml", format!("version: \"1.0\"\n{playbook}\n"));
        scene.place.write("pages.yaml", STATE);
        let files = ["--live", "--playbook", "tour.yaml", "--ui-assertions", "pages.yaml"];
        let ran = scene.place.cask(&[&["verify", "--toolpack", "shop"], &files[..]].concat()).failed();
        let ran = line(&ran);
        assert!(ran.contains(says) && !ran.contains("u:p"), "{playbook}: {ran}");
    }
    assert_eq!(scene.site.connections(), 0);
}
