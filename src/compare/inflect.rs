//! Nouns of paths in, their singular out. English as people write it in URLs: tables for what rules get wrong.

/// Words that are no regular plural of anything: plural and singular.
const IRREGULAR: &[(&str, &str)] = &[
    ("people", "person"),
    ("children", "child"),
    ("men", "man"),
    ("women", "woman"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("geese", "goose"),
    ("mice", "mouse"),
    ("indices", "index"),
    ("vertices", "vertex"),
    ("matrices", "matrix"),
    ("appendices", "appendix"),
    ("criteria", "criterion"),
    ("analyses", "analysis"),
    ("axes", "axis"),
    ("bases", "base"),
    ("crises", "crisis"),
    ("diagnoses", "diagnosis"),
    ("hypotheses", "hypothesis"),
    ("synopses", "synopsis"),
    ("theses", "thesis"),
    ("quizzes", "quiz"),
    ("leaves", "leaf"),
    ("shelves", "shelf"),
    ("halves", "half"),
    ("knives", "knife"),
    ("lives", "life"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    // Endings that the rules below take for others.
    ("aliases", "alias"),
    ("atlases", "atlas"),
    ("biases", "bias"),
    ("canvases", "canvas"),
    ("gases", "gas"),
    ("lenses", "lens"),
    ("uses", "use"),
    ("excuses", "excuse"),
    ("heroes", "hero"),
    ("echoes", "echo"),
    ("vetoes", "veto"),
    ("potatoes", "potato"),
    ("tomatoes", "tomato"),
    ("menus", "menu"),
    ("gurus", "guru"),
    ("cpus", "cpu"),
    ("gpus", "gpu"),
    ("skus", "sku"),
    ("apis", "api"),
    ("kpis", "kpi"),
    ("guis", "gui"),
    ("pois", "poi"),
    ("taxis", "taxi"),
    ("emojis", "emoji"),
    ("wikis", "wiki"),
    ("uris", "uri"),
    ("caches", "cache"),
    ("niches", "niche"),
    ("headaches", "headache"),
];

/// Words that end like a plural and are none, or whose plural is the same word.
const UNCHANGED: &[&str] = &[
    "series",
    "species",
    "news",
    "means",
    "gas",
    "bias",
    "alias",
    "atlas",
    "canvas",
    "lens",
    "sms",
    "gps",
    "dns",
    "tls",
    "https",
    "css",
    "js",
    "aws",
    "os",
    "ios",
    "saas",
    "kubernetes",
    "rss",
    "ns",
    "es",
    "ies",
    "us",
    "is",
    "as",
    "this",
    "has",
    "was",
    "always",
];

/// Words whose singular ends in `ie`.
const IE: &[&str] = &[
    "movies", "cookies", "ties", "lies", "pies", "dies", "zombies", "selfies", "calories", "hoodies",
    "rookies", "brownies", "species",
];

/// Words that are one thing although they look like several: nobody lists them.
const ONE_THING: &[&str] = &[
    "settings",
    "preferences",
    "stats",
    "statistics",
    "analytics",
    "details",
    "terms",
    "metrics",
    "basics",
    "graphics",
    "credentials",
    "capabilities",
    "diagnostics",
    "insights",
];

/// Words that are many things although they have no plural.
const MANY_THINGS: &[&str] = &["series", "species", "media"];

/// The singular of a lower-case word; the word itself if it is none or has none.
pub fn singular(word: &str) -> String {
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == word) {
        return (*one).to_owned();
    }
    let keeps = ["ss", "us", "is"].iter().any(|end| word.ends_with(end));
    if UNCHANGED.contains(&word) || keeps || word.len() < 3 {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| !stem.is_empty()) {
        return if IE.contains(&word) { format!("{stem}ie") } else { format!("{stem}y") };
    }
    if let Some(stem) = word.strip_suffix("es") {
        // `-uses` of one thing on `-us`; a house, a cause and a purchase lose the s alone.
        let of_us = stem.ends_with("us") && !stem.ends_with("aus") && !stem.ends_with("ous");
        let sibilant = ["ss", "sh", "ch", "x", "zz"].iter().any(|end| stem.ends_with(end));
        if sibilant || of_us {
            return stem.to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// Whether a word stands for several things that can be listed.
pub fn is_many(word: &str) -> bool {
    !ONE_THING.contains(&word) && (MANY_THINGS.contains(&word) || singular(word) != word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_of_urls_have_the_singular_that_people_use() {
        for (many, one) in [
            ("users", "user"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("churches", "church"),
            ("dishes", "dish"),
            ("statuses", "status"),
            ("warehouses", "warehouse"),
            ("causes", "cause"),
            ("viruses", "virus"),
            ("databases", "database"),
            ("licenses", "license"),
            ("purchases", "purchase"),
            ("responses", "response"),
            ("releases", "release"),
            ("sizes", "size"),
            ("categories", "category"),
            ("movies", "movie"),
            ("archives", "archive"),
            ("tables", "table"),
            ("shoes", "shoe"),
            ("orders", "order"),
            ("people", "person"),
            ("caches", "cache"),
            ("branches", "branch"),
            ("houses", "house"),
        ] {
            assert_eq!(singular(many), one);
            assert!(is_many(many), "{many}");
            assert_eq!(singular(one), one);
            assert!(!is_many(one), "{one}");
        }
        for same in ["status", "news", "analysis", "data", "media", "dns", "class", "gas", "s", "es", "ies"] {
            assert_eq!(singular(same), same);
        }
        assert!(is_many("series") && !is_many("settings") && !is_many("news"));
    }
}
