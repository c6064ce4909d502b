//! What the reference system makes of paths, and where ours differs: each difference is a row with its reason, and there
//! are no others.
//!
//! Names differ everywhere: ours are those of the segment before (`{user_id}`), the reference's those of a class. So
//! placeholders are compared by class: `{id}` is a number, a prefixed id or a hash of 24 digits; `{token}` a token or any
//! other hash; `{uuid}`, `{email}` and `{slug}` are themselves; placeholders that were given keep their names in both.

use std::collections::{BTreeMap, BTreeSet};

use super::made::Template;
use super::*;
use crate::model::exchange::Exchange;
use crate::observe::part::{Outer, Part};

fn call(method: &str, path: &str) -> Exchange {
    Exchange {
        method: method.into(),
        scheme: "https".into(),
        host: "api.test".into(),
        path: path.into(),
        route: None,
        query: Vec::new(),
        request_headers: Vec::new(),
        response_headers: Vec::new(),
        request: None,
        response: None,
        status: Some(200),
        started: None,
        started_nanos: 0,
        duration_ms: None,
        credentials: Vec::new(),
    }
}

/// The template of each path, when all are seen together.
fn learned(calls: &[Exchange]) -> Vec<Template> {
    let mut part = Part::default();
    calls.iter().for_each(|call| part.take(call, &Outer::new()));
    let methods: Vec<(&str, _)> =
        part.hosts.iter().map(|((_, method), place)| (method.as_str(), place)).collect();
    let all = learn("api.test", &methods, &Known::default());
    let of = |call: &Exchange| {
        // Alone, it has one key: whatever was learned from that key is its template.
        let mut alone = Part::default();
        alone.take(call, &Outer::new());
        let mut keys = Vec::new();
        alone.hosts.values().for_each(|place| {
            place.each(&mut |segments, _| keys = segments.iter().map(|s| (*s).to_owned()).collect())
        });
        let mut found = None;
        let fits = |template: &Template| fits(&template.text, &keys);
        for one in all.iter().filter(|one| one.method == call.method && fits(&one.template)) {
            let literals = |t: &Template| t.text.split('/').filter(|s| !s.contains('{')).count();
            if found.is_none_or(|best: &Template| literals(best) < literals(&one.template)) {
                found = Some(&one.template);
            }
        }
        found.unwrap_or_else(|| panic!("no template for {}", call.path)).clone()
    };
    calls.iter().map(of).collect()
}

fn fits(template: &str, keys: &[String]) -> bool {
    let parts: Vec<&str> = template.split('/').filter(|part| !part.is_empty()).collect();
    parts.len() == keys.len()
        && parts.iter().zip(keys).all(|(part, key)| match (part.split_once('}'), key.strip_prefix("{=")) {
            (Some(_), Some(given)) => part.strip_prefix('{') == Some(given),
            (Some((_, suffix)), None) => {
                key.ends_with(suffix) && (!key.starts_with('{') || key.ends_with(&format!("}}{suffix}")))
            }
            (None, _) => part == key,
        })
}

/// Whether a template of ours is the reference's, apart from names.
fn same(ours: &Template, theirs: &str) -> bool {
    let mut places = ours.places.iter();
    let (own, other): (Vec<&str>, Vec<&str>) = (ours.text.split('/').collect(), theirs.split('/').collect());
    own.len() == other.len()
        && own.iter().zip(&other).all(|(own, other)| {
            let Some(end) = own.find('}') else { return own == other };
            let Some(place) = places.next() else { return false };
            let (name, suffix) = own.split_at(end + 1);
            if name == *other && suffix.is_empty() {
                return true;
            }
            let Some((class, rest)) = other.split_once('}') else { return false };
            let kind = &place.kind;
            let fits = match class {
                "{id" => {
                    kind.classes.iter().all(|c| ["{int}", "{prefix}", "{hex}"].contains(&c.as_str()))
                        && !kind.classes.is_empty()
                }
                "{token" => kind.only("{token}") || kind.only("{hex}"),
                "{uuid" => kind.only("{uuid}"),
                "{email" => kind.only("{email}"),
                "{slug" => kind.slug,
                _ => false,
            };
            fits && rest == suffix
        })
}

fn rows(text: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.split('\t').map(str::to_owned).collect();
    text.lines().skip(1).map(cells).collect()
}

/// Differences of a table, as (set, path) → ours.
fn differences() -> BTreeMap<(String, String, String), String> {
    let mut found = BTreeMap::new();
    for row in rows(include_str!("../../../fixtures/observe/paths.tsv")) {
        let ours = printed(&row[0], &learned(&[call("GET", &row[0])])[0]);
        if !same(&ours, &row[1]) {
            found.insert(("paths".to_owned(), String::new(), row[0].clone()), ours.text);
        }
    }
    let sets = rows(include_str!("../../../fixtures/observe/path_sets.tsv"));
    let numbers: BTreeSet<&str> = sets.iter().map(|row| row[0].as_str()).collect();
    for set in numbers {
        let of_set: Vec<&Vec<String>> = sets.iter().filter(|row| row[0] == set).collect();
        let calls: Vec<Exchange> = of_set.iter().map(|row| call(&row[1], &row[3])).collect();
        let mut back = calls.clone();
        back.reverse();
        let (ours, mut other) = (learned(&calls), learned(&back));
        other.reverse();
        assert_eq!(ours, other, "set {set} depends on the order");
        for (row, ours) in of_set.iter().zip(ours) {
            if !same(&ours, &row[5]) {
                found.insert(("path_sets".to_owned(), set.to_owned(), row[3].clone()), ours.text);
            }
        }
    }
    found
}

/// With the slash at the end that its path had: it is put back where all calls had it.
fn printed(path: &str, template: &Template) -> Template {
    let slash = path.len() > 1 && path.ends_with('/') && !template.text.ends_with('/');
    Template {
        text: format!("{}{}", template.text, if slash { "/" } else { "" }),
        places: template.places.clone(),
    }
}

#[test]
fn templates_are_the_references_but_for_the_rows_with_a_reason() {
    let wanted: BTreeMap<(String, String, String), String> =
        rows(include_str!("../../../fixtures/observe/deviations.tsv"))
            .into_iter()
            .filter(|row| row[0] != "param_types")
            .map(|row| {
                assert!(row.len() == 5 && row[4].len() > 10, "a row needs a reason: {row:?}");
                ((row[0].clone(), row[1].clone(), row[2].clone()), row[3].clone())
            })
            .collect();
    let found = differences();
    let lines = |of: &BTreeMap<(String, String, String), String>| -> BTreeSet<String> {
        of.iter().map(|((table, set, path), ours)| format!("{table}\t{set}\t{path}\t{ours}")).collect()
    };
    let (found, wanted) = (lines(&found), lines(&wanted));
    let new: Vec<&String> = found.difference(&wanted).collect();
    let gone: Vec<&String> = wanted.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "without a row:\n{}\nno difference any more:\n{}",
        new.iter().map(|s| s.as_str()).collect::<Vec<_>>().join("\n"),
        gone.iter().map(|s| s.as_str()).collect::<Vec<_>>().join("\n")
    );
}

fn texts(paths: &[&str]) -> Vec<String> {
    let calls: Vec<Exchange> = paths.iter().map(|path| call("GET", path)).collect();
    learned(&calls).into_iter().map(|template| template.text).collect()
}

#[test]
fn names_are_those_of_the_segment_before() {
    for (path, template) in [
        ("/users/1/orders/2", "/users/{user_id}/orders/{order_id}"),
        ("/api/v2/categories/7", "/api/v2/categories/{category_id}"),
        ("/v1/17", "/v1/{id}"),
        ("/users/1/users/2", "/users/{user_id}/users/{user_id_2}"),
        ("/reports/2024-01-31", "/reports/{report_date}"),
        ("/archive/2024/01/31", "/archive/{year}/{month}/{day}"),
        ("/archive/2024/13", "/archive/{archive_id}/{archive_id_2}"),
        ("/users/a%40b.co", "/users/{user_email}"),
        ("/reset/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/reset/{reset_token}"),
        ("/files/01ARZ3NDEKTSV4RRFFQ69G5FAV.json", "/files/{file_id}.json"),
        ("/_next/data/abc123/index.json", "/_next/data/{build_id}/index.json"),
        ("/_next/data/abc123/17.json", "/_next/data/{build_id}/{id}.json"),
        ("/userProfiles/8", "/userProfiles/{user_profile_id}"),
    ] {
        assert_eq!(texts(&[path]), [template], "{path}");
    }
}

#[test]
fn the_recorders_template_is_the_best_but_hides_no_act() {
    let mut calls = vec![
        call("GET", "/people/alice"),
        call("GET", "/people/17"),
        call("PUT", "/people/18"),
        call("GET", "/people/delete-all"),
    ];
    for one in [0, 1, 3] {
        calls[one].route = Some("/people/{login:string}".into());
    }
    let found: Vec<String> = learned(&calls).into_iter().map(|t| t.text).collect();
    assert_eq!(found, ["/people/{login}", "/people/{login}", "/people/{login}", "/people/delete-all"]);
    calls[0].route = Some("/other/{login}".into());
    calls[1].route = None;
    calls[3].route = None;
    let found: Vec<String> = learned(&calls).into_iter().map(|t| t.text).collect();
    assert_eq!(found, ["/people/alice", "/people/{person_id}", "/people/{person_id}", "/people/delete-all"]);
}

#[test]
fn an_act_before_an_id_stays_beside_the_ids() {
    let paths = [
        "/users/delete_42",
        "/users/delete_43",
        "/users/ord_44",
        "/users/purge-a1b2c3d4e5f6a7b8c9",
        "/users/45",
    ];
    let mut calls: Vec<Exchange> = paths.iter().map(|path| call("GET", path)).collect();
    let wanted: BTreeSet<&str> =
        ["/users/delete_{user_id}", "/users/purge-{user_id}", "/users/{user_id}"].into();
    for route in [None, Some("/users/{user_id}".to_owned())] {
        calls.iter_mut().for_each(|call| call.route.clone_from(&route));
        let mut part = Part::default();
        calls.iter().for_each(|call| part.take(call, &Outer::new()));
        let all = learn(
            "api.test",
            &part.hosts.iter().map(|((_, m), place)| (m.as_str(), place)).collect::<Vec<_>>(),
            &Known::default(),
        );
        let texts: BTreeSet<&str> = all.iter().map(|one| one.template.text.as_str()).collect();
        assert_eq!(texts, wanted);
    }
}

#[test]
fn names_that_answer_alike_are_values_and_collections_are_not() {
    use crate::observe::part::tests::get;
    let user = r#"{"login": "x", "bio": null, "repos": 3}"#;
    let logins = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];
    let mut calls: Vec<Exchange> =
        logins.iter().map(|login| get(&format!("/people/{login}"), user)).collect();
    calls.push(get("/people/me", user));
    calls.push(get("/people/search", r#"{"total": 1, "items": [], "next": null}"#));
    let found: BTreeSet<String> = learned(&calls).into_iter().map(|t| t.text).collect();
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["/people/me", "/people/search", "/people/{person}"]);
    let envelope = r#"{"data": [], "page": 1, "total": 0}"#;
    let calls: Vec<Exchange> = logins
        .iter()
        .flat_map(|name| [get(&format!("/api/{name}"), envelope), get(&format!("/api/{name}/17"), envelope)])
        .collect();
    assert!(learned(&calls).iter().all(|t| !t.text.starts_with("/api/{")));
}

#[test]
fn hosts_do_not_teach_each_other() {
    let mut calls = [
        call("GET", "/p/air-max-90-white"),
        call("GET", "/p/air-max-95-black"),
        call("GET", "/p/one-two-three-four"),
    ];
    calls[2].host = "other.test".into();
    let mut part = Part::default();
    calls.iter().for_each(|call| part.take(call, &Outer::new()));
    for ((host, method), place) in &part.hosts {
        let texts: Vec<String> = learn("api.test", &[(method, place)], &Known::default())
            .into_iter()
            .map(|one| one.template.text)
            .collect();
        assert_eq!(
            texts,
            [if host == "other.test" { "/p/one-two-three-four" } else { "/p/{p_slug}" }],
            "{host}"
        );
    }
}

#[test]
fn parameters_are_of_the_references_types_but_for_the_rows_with_a_reason() {
    let wanted: BTreeMap<String, String> = rows(include_str!("../../../fixtures/observe/deviations.tsv"))
        .into_iter()
        .filter(|row| row[0] == "param_types")
        .map(|row| (row[2].clone(), row[3].clone()))
        .collect();
    let mut found = BTreeMap::new();
    for row in rows(include_str!("../../../fixtures/observe/param_types.tsv")) {
        let values: Vec<String> = serde_json::from_str(&row[0]).unwrap();
        let mut param = crate::observe::part::Param::default();
        values.iter().for_each(|value| param.take(&[value], &|| true, &Outer::new()));
        let schema = crate::observe::schema::of(&param);
        let ours = schema.get("type").and_then(crate::canon::Node::as_text).unwrap().to_owned();
        if ours != row[1] {
            found.insert(row[0].clone(), ours);
        }
    }
    assert_eq!(found, wanted);
}
