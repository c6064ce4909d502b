//! Inputs that whoever calls finds at run time: which they are, and where they are found. A short list of what is
//! certain.

/// How an input is found.
#[derive(Debug)]
pub struct Resolver {
    /// Its name in files.
    pub name: &'static str,
    /// Where the value comes from.
    pub description: &'static str,
    applies: fn(path: &str, name: &str) -> bool,
}

const RESOLVERS: &[Resolver] = &[
    Resolver {
        name: "nextjs_build_id",
        description: "take the build id from __NEXT_DATA__ of the page before the call",
        applies: |path, name| {
            path.contains("/_next/data/") && matches!(name, "token" | "build_id" | "buildid")
        },
    },
    Resolver {
        name: "csrf_token",
        description: "take it from the session of whoever is logged in",
        applies: |_, name| matches!(name, "csrf" | "csrf_token" | "xsrf" | "xsrf_token"),
    },
];

/// The resolver of an input of a path, if there is one.
pub fn of(path: &str, name: &str) -> Option<&'static Resolver> {
    let name = name.to_ascii_lowercase();
    RESOLVERS.iter().find(|resolver| (resolver.applies)(path, &name))
}
