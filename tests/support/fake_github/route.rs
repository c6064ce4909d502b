//! Which endpoint answers which method and path, and what its token must be allowed.

use serde_json::Value;

use super::Kind;
use super::answer::Answer;
use super::http::{Request, decoded};
use super::people::Site;
use super::state::{Grant, State};
use super::{checks, comments, contents, git_data, graphql, issues, pulls, reviews, scanning};

/// A request on its way to an endpoint.
pub struct Call<'a> {
    pub request: &'a Request,
    pub site: &'a Site,
    pub grant: &'a Grant,
    /// What stood in the place of the parameters, decoded, owner and repository apart.
    pub args: Vec<String>,
    /// The body as JSON; null where there is none.
    pub body: Value,
}

impl Call<'_> {
    /// The nth parameter as a number; 0, which nothing has, where it is none.
    pub fn number(&self, nth: usize) -> u64 {
        self.args.get(nth).and_then(|arg| arg.parse().ok()).unwrap_or(0)
    }

    pub fn text(&self, field: &str) -> Option<&str> {
        self.body[field].as_str()
    }

    /// One page of a list, with the links to its neighbours.
    pub fn page(&self, all: Vec<Value>) -> Answer {
        let (shown, link) = self.cut(all);
        linked(Answer::ok(&Value::Array(shown)), link)
    }

    /// One page of a list that stands in an object, beside its length.
    pub fn page_in(&self, member: &str, all: Vec<Value>) -> Answer {
        let total = all.len();
        let (shown, link) = self.cut(all);
        let mut body = serde_json::Map::new();
        body.insert("total_count".to_owned(), total.into());
        body.insert(member.to_owned(), Value::Array(shown));
        linked(Answer::ok(&Value::Object(body)), link)
    }

    fn cut(&self, all: Vec<Value>) -> (Vec<Value>, String) {
        let asked = |name: &str| self.request.asked(name).and_then(|text| text.parse::<usize>().ok());
        let per_page = asked("per_page").unwrap_or(30).clamp(1, 100);
        let page = asked("page").unwrap_or(1).max(1);
        let last = all.len().div_ceil(per_page).max(1);
        let to = |page: usize, rel: &str| {
            let kept = self.request.query.iter().filter(|(name, _)| name != "page");
            let mut query: Vec<_> =
                kept.map(|(name, value)| format!("{name}={}", super::http::encoded(value))).collect();
            query.push(format!("page={page}"));
            let origin = self.site.origin();
            format!("<{origin}{}?{}>; rel=\"{rel}\"", self.request.path, query.join("&"))
        };
        let mut links = Vec::new();
        if page > 1 {
            links.extend([to(page - 1, "prev"), to(1, "first")]);
        }
        if page < last {
            links.extend([to(page + 1, "next"), to(last, "last")]);
        }
        (all.into_iter().skip((page - 1) * per_page).take(per_page).collect(), links.join(", "))
    }
}

fn linked(answer: Answer, link: String) -> Answer {
    if link.is_empty() { answer } else { answer.with("link", &link) }
}

type Run = fn(&mut State, &Call) -> Answer;

/// A row: method, path, the permissions of which one is needed, the endpoint.
struct Route(&'static str, &'static str, &'static str, Run);

#[rustfmt::skip]
const ROUTES: &[Route] = &[
    Route("GET", "/rate_limit", "", rate_limit),
    Route("GET", "", "", root),
    Route("GET", "/repos/{}/{}", "metadata=read", repo),
    Route("GET", "/repos/{}/{}/issues", "issues=read", issues::list),
    Route("POST", "/repos/{}/{}/issues", "issues=write", issues::create),
    Route("GET", "/repos/{}/{}/issues/{}", "issues=read; pull_requests=read", issues::get),
    Route("PATCH", "/repos/{}/{}/issues/{}", "issues=write; pull_requests=write", issues::update),
    Route("POST", "/repos/{}/{}/issues/{}/labels", "issues=write; pull_requests=write", issues::add_labels),
    Route("GET", "/repos/{}/{}/labels", "issues=read; pull_requests=read", issues::labels),
    Route("GET", "/repos/{}/{}/labels/{}", "issues=read; pull_requests=read", issues::label),
    Route("GET", "/repos/{}/{}/issues/{}/comments", "issues=read; pull_requests=read", comments::list),
    Route("POST", "/repos/{}/{}/issues/{}/comments", "issues=write; pull_requests=write", comments::create),
    Route("GET", "/repos/{}/{}/issues/comments/{}", "issues=read; pull_requests=read", comments::get),
    Route("PATCH", "/repos/{}/{}/issues/comments/{}", "issues=write; pull_requests=write", comments::update),
    Route("DELETE", "/repos/{}/{}/issues/comments/{}", "issues=write; pull_requests=write", comments::delete),
    Route("POST", "/repos/{}/{}/check-runs", "checks=write", checks::create),
    Route("GET", "/repos/{}/{}/check-runs/{}", "checks=read", checks::get),
    Route("PATCH", "/repos/{}/{}/check-runs/{}", "checks=write", checks::update),
    Route("GET", "/repos/{}/{}/check-runs/{}/annotations", "checks=read", checks::annotations),
    Route("GET", "/repos/{}/{}/commits/{}/check-runs", "checks=read", checks::list),
    Route("GET", "/repos/{}/{}/pulls", "pull_requests=read", pulls::list),
    Route("GET", "/repos/{}/{}/pulls/{}", "pull_requests=read; contents=read", pulls::get),
    Route("GET", "/repos/{}/{}/pulls/{}/files", "pull_requests=read", pulls::files),
    Route("GET", "/repos/{}/{}/commits/{}/pulls", "pull_requests=read; contents=read", pulls::of_commit),
    Route("GET", "/repos/{}/{}/pulls/{}/reviews", "pull_requests=read", reviews::list),
    Route("POST", "/repos/{}/{}/pulls/{}/reviews", "pull_requests=write", reviews::create),
    Route("GET", "/repos/{}/{}/pulls/{}/comments", "pull_requests=read", reviews::comments),
    Route("POST", "/repos/{}/{}/pulls/{}/comments", "pull_requests=write", reviews::comment),
    Route("DELETE", "/repos/{}/{}/pulls/comments/{}", "pull_requests=write", reviews::delete),
    Route("GET", "/repos/{}/{}/commits/{*}", "contents=read", git_data::commit),
    Route("GET", "/repos/{}/{}/compare/{}", "contents=read", git_data::compare),
    Route("GET", "/repos/{}/{}/contents/{*}", "contents=read", contents::get),
    Route("GET", "/repos/{}/{}/git/ref/{*}", "contents=read", git_data::reference),
    Route("GET", "/repos/{}/{}/git/trees/{}", "contents=read", git_data::tree),
    Route("GET", "/repos/{}/{}/git/blobs/{}", "contents=read", git_data::blob),
    Route("GET", "/repos/{}/{}/git/commits/{}", "contents=read", git_data::commit_object),
    Route("POST", "/repos/{}/{}/code-scanning/sarifs", "security_events=write", scanning::upload),
    Route("GET", "/repos/{}/{}/code-scanning/sarifs/{}", "security_events=read", scanning::status),
];

/// Method and pattern of every endpoint.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|row| (row.0, row.1))
}

/// What a world says to a request.
pub fn answer(kind: Kind, site: &Site, state: &mut State, grant: &Grant, request: &Request) -> Answer {
    let body = match serde_json::from_slice(&request.body) {
        Ok(body) => body,
        Err(_) if request.body.is_empty() => Value::Null,
        Err(_) => return Answer::refusal(400, "Problems parsing JSON"),
    };
    let call = |args: Vec<String>| Call { request, site, grant, args, body: body.clone() };
    let answer = if state.requests_left == Some(0) {
        Answer::refusal(403, "API rate limit exceeded for installation.")
    } else if request.header("user-agent").is_none_or(str::is_empty) {
        Answer::text(
            403,
            "text/html",
            "Request forbidden by administrative rules. Please set a User-Agent header.",
        )
    } else if request.path == kind.graphql() && request.method == "POST" {
        graphql::answer(state, &call(Vec::new()))
    } else {
        match request.path.strip_prefix(kind.prefix()) {
            Some(path) => routed(state, grant, request, path, call),
            None => Answer::not_found(),
        }
    };
    limits(state, answer)
}

fn routed<'a>(
    state: &mut State,
    grant: &Grant,
    request: &Request,
    path: &str,
    call: impl Fn(Vec<String>) -> Call<'a>,
) -> Answer {
    let found = ROUTES
        .iter()
        .filter(|row| row.0 == request.method)
        .find_map(|row| Some((row, matched(row.1, path)?)));
    let Some((Route(_, pattern, needs, run), mut args)) = found else { return Answer::not_found() };
    if pattern.starts_with("/repos/") {
        let ours = [&state.owner, &state.repo];
        if !ours.iter().zip(&args).all(|(our, their)| our.eq_ignore_ascii_case(their)) {
            return Answer::not_found();
        }
        args.drain(..2);
    }
    if let Some(refusal) = refused(state, grant, &request.method, needs) {
        return refusal;
    }
    run(state, &call(args))
}

/// What may not be is 403 with the permissions that would do; what may not even be seen is 404.
fn refused(state: &State, grant: &Grant, method: &str, needs: &str) -> Option<Answer> {
    let may =
        needs.split("; ").any(|need| need.split_once('=').is_none_or(|(name, level)| grant.has(name, level)));
    if may || (method == "GET" && !state.private) {
        return None;
    }
    if state.private && !grant.has("contents", "read") && !grant.has("metadata", "read") {
        return Some(Answer::not_found());
    }
    let refusal = Answer::refusal(403, "Resource not accessible by integration");
    Some(refusal.with("x-accepted-github-permissions", needs))
}

/// The parameters of a path that fits a pattern; `{*}` takes all that is left.
pub fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut args, mut path) = (Vec::new(), path.strip_suffix('/').unwrap_or(path).split('/'));
    for part in pattern.split('/') {
        if part == "{*}" {
            let rest: Vec<_> = path.map(decoded).collect();
            args.push(rest.join("/"));
            return (!rest.is_empty()).then_some(args);
        }
        let there = path.next()?;
        match part {
            "{}" if !there.is_empty() => args.push(decoded(there)),
            part if part != there => return None,
            _ => {}
        }
    }
    path.next().is_none().then_some(args)
}

/// github.com says with every answer how many requests are left.
fn limits(state: &mut State, answer: Answer) -> Answer {
    let reset = (state.now + 3600).to_string();
    let Some(left) = &mut state.requests_left else { return answer };
    *left = left.saturating_sub(1);
    let answer = answer.with("x-ratelimit-limit", "5000").with("x-ratelimit-remaining", &left.to_string());
    answer.with("x-ratelimit-reset", &reset).with("x-github-request-id", "FAKE:1")
}

fn rate_limit(state: &mut State, _: &Call) -> Answer {
    let Some(left) = state.requests_left else {
        return Answer::refusal(404, "Rate limiting is not enabled.");
    };
    let rate = serde_json::json!({
        "limit": 5000, "remaining": left, "reset": state.now + 3600, "used": 5000 - left, "resource": "core",
    });
    Answer::ok(&serde_json::json!({"resources": {"core": rate, "search": rate}, "rate": rate}))
}

fn root(_: &mut State, call: &Call) -> Answer {
    Answer::ok(&call.site.root())
}

fn repo(state: &mut State, call: &Call) -> Answer {
    Answer::ok(&call.site.full_repo(state))
}

#[cfg(test)]
mod tests {
    use super::matched;

    #[test]
    fn a_path_is_taken_apart() {
        assert_eq!(matched("/repos/{}/{}", "/repos/a/b"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(matched("/repos/{}/{}", "/repos/a"), None);
        assert_eq!(matched("/repos/{}/{}", "/repos/a/b/c"), None);
        assert_eq!(matched("/c/{*}", "/c/.x/y%20z"), Some(vec![".x/y z".to_owned()]));
        assert_eq!(matched("", "/"), Some(vec![]));
    }
}
