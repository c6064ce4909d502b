//! What an operation is in, the id that it gets when it is first seen out (formats-v2 §5).

use std::collections::HashSet;

use super::paths::shape;
use crate::canon::digest::id16;

/// What every id begins with.
const BEGINS: &str = "cask.id/2";

/// Ids in use. Those that are equal get numbers, in the order in which they are asked for: that of their keys.
#[derive(Debug, Default)]
pub struct Ids(HashSet<String>);

impl Ids {
    /// The id of an HTTP operation; `path` is base path and template.
    pub fn http(&mut self, method: &str, host: &str, path: &str) -> String {
        self.free(&[BEGINS, "http", method, host, &shape(path)])
    }

    /// The id of a GraphQL operation. Its type is no part of it: that a query becomes a mutation is a change.
    pub fn graphql(&mut self, host: &str, path: &str, name: &str) -> String {
        self.free(&[BEGINS, "graphql", host, &shape(path), name])
    }

    fn free(&mut self, words: &[&str]) -> String {
        let mut id = id16(words);
        let mut n = 2u32;
        while !self.0.insert(id.clone()) {
            let number = n.to_string();
            id = id16(&[words, &[number.as_str()]].concat());
            n += 1;
        }
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_placeholders_are_no_part_of_an_id_and_equal_ones_get_numbers() {
        let mut ids = Ids::default();
        assert_eq!(ids.http("GET", "api.shop.example", "/v1/users/{user_id}"), "78d6f2c56a18d995");
        let second = ids.http("GET", "api.shop.example", "/v1/users/{name}");
        assert_eq!(second, id16(&["cask.id/2", "http", "GET", "api.shop.example", "/v1/users/{}", "2"]));
        assert_ne!(ids.graphql("a.test", "/graphql", "A"), ids.graphql("a.test", "/graphql", "B"));
    }
}
