//! Media types: what they are without their parameters, and which of several a tool uses.

/// A media type without its parameters, lower-case.
pub fn essence(said: &str) -> String {
    said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type without its parameters is JSON.
pub fn is_json(essence: &str) -> bool {
    essence == "application/json" || essence.ends_with("+json")
}

/// The order in which a tool takes one of several: JSON where there is some.
pub fn rank(media: &str) -> u8 {
    match media {
        "application/json" => 0,
        _ if media.ends_with("+json") => 1,
        "application/x-www-form-urlencoded" => 2,
        "multipart/form-data" => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_and_case_are_no_part_of_a_type() {
        assert_eq!(essence(" Application/JSON; charset=utf-8"), "application/json");
        assert!(is_json("application/problem+json") && !is_json("application/jsonp"));
    }
}
