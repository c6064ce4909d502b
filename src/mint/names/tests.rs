//! Names against the reference's, and where several meet.

use std::collections::BTreeSet;

use super::deviations::deviates_as_told;
use super::*;
use crate::compare::inflect::singular;

fn name_of(method: &str, path: &str) -> String {
    propose(&Named { method, host: "api.shop.example", path, operation_id: None }).base()
}

#[test]
fn names_are_those_of_the_reference_but_for_its_mistakes() {
    let table = include_str!("../../../fixtures/mint/names.tsv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        (format!("{} {}", cells[0], cells[1]), cells[2].to_owned(), name_of(cells[0], cells[1]))
    });
    deviates_as_told("names", rows);
}

#[test]
fn singulars_are_those_of_the_reference_but_for_its_mistakes() {
    let table = include_str!("../../../fixtures/mint/singularize.tsv");
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        (cells[0].to_owned(), cells[1].to_owned(), singular(cells[0]))
    });
    deviates_as_told("singularize", rows);
}

#[test]
fn an_operation_id_that_people_wrote_is_used() {
    for (method, id, name) in [
        ("GET", "getUser", "get_user"),
        ("GET", "listPets", "list_pets"),
        ("POST", "searchOrders", "search_orders"),
        ("POST", "bulk-upsert-tags", "bulk_upsert_tags"),
        // Made by a framework, without a verb, or with one that hides what the method does.
        ("GET", "read_items_items__item_id__get", "get_item"),
        ("GET", "UserController_findAll", "get_item"),
        ("DELETE", "getUser", "delete_item"),
        ("POST", "getUser", "create_item"),
        ("GET", "get", "get_item"),
        ("GET", "получить", "get_item"),
    ] {
        let named = Named { method, host: "a.test", path: "/items/{item_id}", operation_id: Some(id) };
        assert_eq!(propose(&named).base(), name, "{method} {id}");
    }
}

/// Method, host, path.
type Asked = (&'static str, &'static str, &'static str);

fn settled(operations: &[(&str, &str, &str)], taken: &[&str]) -> Vec<String> {
    let nameless: Vec<Nameless> = operations
        .iter()
        .map(|(method, host, path)| Nameless {
            id: crate::canon::digest::id16(&[method, host, path]),
            proposal: propose(&Named { method, host, path, operation_id: None }),
        })
        .collect();
    settle(&nameless, taken.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn names_that_meet_are_told_apart_by_what_they_mean() {
    const A: &str = "api.shop.example";
    const B: &str = "www.shop.example";
    let all: &[(&[Asked], &[&str])] = &[
        (&[("GET", A, "/users/{id}"), ("GET", A, "/api/users/{id}")], &["get_user", "get_api_user"]),
        (&[("PUT", A, "/users/{id}"), ("PATCH", A, "/users/{id}")], &["replace_user", "update_user"]),
        (&[("GET", A, "/v1/users"), ("GET", A, "/v2/users")], &["list_v1_users", "list_v2_users"]),
        (&[("GET", A, "/users/{id}"), ("GET", B, "/users/{id}")], &["get_user_api", "get_user_www"]),
        (&[("GET", A, "/users"), ("GET", A, "/users/list")], &["list_users", "list_users_list"]),
        (&[("POST", A, "/users"), ("POST", A, "/users/{id}")], &["create_user", "create_user_by_id"]),
        (&[("GET", A, "/users/{id}"), ("GET", A, "/users/{id}/{sub}")], &["get_user", "get_user_by_sub"]),
    ];
    for (operations, names) in all {
        assert_eq!(settled(operations, &[]), *names, "{operations:?}");
        let turned: Vec<_> = operations.iter().rev().copied().collect();
        let mut of_turned = settled(&turned, &[]);
        of_turned.reverse();
        assert_eq!(of_turned, *names, "the order says nothing: {operations:?}");
    }
    // What was called so before keeps its name, and the other one takes the other verb.
    assert_eq!(settled(&[("PATCH", A, "/users/{id}")], &["update_user"]), ["patch_user"]);
    assert_eq!(settled(&[("PUT", A, "/users/{id}")], &["update_user"]), ["replace_user"]);
}

#[test]
fn names_are_short_unique_and_of_the_alphabet_whatever_the_paths() {
    let deep = format!("/{}", ["organizations/{id}"; 9].join("/"));
    let same: Vec<String> = (0..40).map(|n| format!("/日本{}/x", "語".repeat(n))).collect();
    let mut operations: Vec<(&str, &str, &str)> =
        vec![("GET", "a.test", &deep), ("GET", "a.test", "/{a}/{b}")];
    operations.extend(same.iter().map(|path| ("GET", "a.test", path.as_str())));
    let long = "x".repeat(300);
    operations.push(("GET", "a.test", &long));
    let names = settled(&operations, &[]);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), operations.len());
    for name in &names {
        let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        assert!(plain && name.starts_with("get") && name.len() <= 48, "{name}");
    }
}
