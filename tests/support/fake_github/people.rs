//! How people, repositories and the app behind a job look in answers. Most of it is links that nobody follows;
//! GitHub's contract requires them.

use serde_json::{Map, Value, json};

use super::state::{BOT, RepoName, State};

/// The addresses that answers name.
pub struct Site {
    /// Of REST, as the client sees it.
    pub rest: String,
    /// Of the pages for people.
    pub html: String,
}

/// Seconds of 1970 as GitHub writes them.
pub fn time(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).expect("a time of this age").to_string()
}

/// Members of a repository that are its address with something behind it.
const REPO_LINKS: &[(&str, &str)] = &[
    ("archive_url", "/{archive_format}{/ref}"),
    ("assignees_url", "/assignees{/user}"),
    ("blobs_url", "/git/blobs{/sha}"),
    ("branches_url", "/branches{/branch}"),
    ("collaborators_url", "/collaborators{/collaborator}"),
    ("comments_url", "/comments{/number}"),
    ("commits_url", "/commits{/sha}"),
    ("compare_url", "/compare/{base}...{head}"),
    ("contents_url", "/contents/{+path}"),
    ("contributors_url", "/contributors"),
    ("deployments_url", "/deployments"),
    ("downloads_url", "/downloads"),
    ("events_url", "/events"),
    ("forks_url", "/forks"),
    ("git_commits_url", "/git/commits{/sha}"),
    ("git_refs_url", "/git/refs{/sha}"),
    ("git_tags_url", "/git/tags{/sha}"),
    ("hooks_url", "/hooks"),
    ("issue_comment_url", "/issues/comments{/number}"),
    ("issue_events_url", "/issues/events{/number}"),
    ("issues_url", "/issues{/number}"),
    ("keys_url", "/keys{/key_id}"),
    ("labels_url", "/labels{/name}"),
    ("languages_url", "/languages"),
    ("merges_url", "/merges"),
    ("milestones_url", "/milestones{/number}"),
    ("notifications_url", "/notifications{?since,all,participating}"),
    ("pulls_url", "/pulls{/number}"),
    ("releases_url", "/releases{/id}"),
    ("stargazers_url", "/stargazers"),
    ("statuses_url", "/statuses/{sha}"),
    ("subscribers_url", "/subscribers"),
    ("subscription_url", "/subscription"),
    ("tags_url", "/tags"),
    ("teams_url", "/teams"),
    ("trees_url", "/git/trees{/sha}"),
];

/// The same for a person.
const USER_LINKS: &[(&str, &str)] = &[
    ("url", ""),
    ("followers_url", "/followers"),
    ("following_url", "/following{/other_user}"),
    ("gists_url", "/gists{/gist_id}"),
    ("starred_url", "/starred{/owner}{/repo}"),
    ("subscriptions_url", "/subscriptions"),
    ("organizations_url", "/orgs"),
    ("repos_url", "/repos"),
    ("events_url", "/events{/privacy}"),
    ("received_events_url", "/received_events"),
];

/// The same for the service itself.
const ROOT_LINKS: &[&str] = &[
    "current_user_url",
    "current_user_authorizations_html_url",
    "authorizations_url",
    "code_search_url",
    "commit_search_url",
    "emails_url",
    "emojis_url",
    "events_url",
    "feeds_url",
    "followers_url",
    "following_url",
    "gists_url",
    "issue_search_url",
    "issues_url",
    "keys_url",
    "label_search_url",
    "notifications_url",
    "organization_url",
    "organization_repositories_url",
    "organization_teams_url",
    "public_gists_url",
    "rate_limit_url",
    "repository_url",
    "repository_search_url",
    "current_user_repositories_url",
    "starred_url",
    "starred_gists_url",
    "user_url",
    "user_organizations_url",
    "user_repositories_url",
    "user_search_url",
];

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

impl Site {
    /// Scheme and authority of REST.
    pub fn origin(&self) -> &str {
        let after = self.rest.find("://").map_or(0, |at| at + 3);
        let end = self.rest[after..].find('/').map_or(self.rest.len(), |at| after + at);
        &self.rest[..end]
    }

    /// The address of something of the world's repository.
    pub fn api(&self, state: &State, below: &str) -> String {
        format!("{}/repos/{}/{}{below}", self.rest, state.owner, state.repo)
    }

    /// The page of something of the world's repository.
    pub fn web(&self, state: &State, below: &str) -> String {
        format!("{}/{}/{}{below}", self.html, state.owner, state.repo)
    }

    /// Somebody. Logins that end in `[bot]` are those of apps, as on GitHub, where nobody else can have one.
    pub fn user(&self, state: &mut State, login: &str) -> Value {
        let id = state.person(login);
        let kind = if login.ends_with("[bot]") { "Bot" } else { "User" };
        let mut user = object(json!({
            "login": login, "id": id, "node_id": format!("U_{id}"), "gravatar_id": "", "type": kind,
            "site_admin": false, "avatar_url": format!("{}/u/{id}", self.html),
            "html_url": format!("{}/{}", self.html, login.replace("[bot]", "")), "user_view_type": "public",
        }));
        let at = format!("{}/users/{}", self.rest, super::http::encoded(login));
        user.extend(
            USER_LINKS.iter().map(|(name, below)| ((*name).to_owned(), json!(format!("{at}{below}")))),
        );
        Value::Object(user)
    }

    /// A repository as others name it.
    pub fn repo(&self, state: &mut State, name: &RepoName) -> Value {
        let full = format!("{}/{}", name.owner, name.name);
        let (api, web) = (format!("{}/repos/{full}", self.rest), format!("{}/{full}", self.html));
        let now = time(state.now);
        let mut repo = object(json!({
            "id": name.id, "node_id": format!("R_{}", name.id), "name": name.name, "full_name": full,
            "private": state.private, "description": null, "fork": name.id != state.repo_id, "url": api,
            "html_url": web, "git_url": web.replacen("https", "git", 1), "clone_url": format!("{web}.git"),
            "ssh_url": format!("git@host:{full}.git"), "svn_url": web, "mirror_url": null, "homepage": null,
            "language": null, "license": null, "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0,
            "watchers_count": 0, "size": 1, "default_branch": state.default_branch, "open_issues": 0,
            "open_issues_count": 0, "has_issues": state.issues_enabled, "has_projects": true, "has_wiki": false,
            "has_pages": false, "has_downloads": true, "has_discussions": false, "archived": false,
            "disabled": false, "visibility": if state.private { "private" } else { "public" },
            "pushed_at": now, "created_at": now, "updated_at": now,
        }));
        repo.insert("owner".to_owned(), self.user(state, &name.owner));
        repo.extend(
            REPO_LINKS.iter().map(|(name, below)| ((*name).to_owned(), json!(format!("{api}{below}")))),
        );
        Value::Object(repo)
    }

    /// The world's repository as it shows itself.
    pub fn full_repo(&self, state: &mut State) -> Value {
        let mut repo = self.repo(state, &state.own_name());
        repo["subscribers_count"] = json!(1);
        repo["network_count"] = json!(0);
        repo
    }

    /// The app behind the token of a job.
    pub fn app(&self, state: &mut State) -> Value {
        let owner = self.user(state, "github");
        let mut app = json!({
            "id": 15368, "client_id": "Iv1.fake", "slug": BOT.replace("[bot]", ""), "node_id": "A_15368",
            "name": "GitHub Actions", "description": "Automate", "external_url": "https://help.github.com",
            "html_url": format!("{}/apps/github-actions", self.html), "created_at": time(0), "updated_at": time(0),
            "permissions": {"checks": "write", "metadata": "read"}, "events": ["push"],
        });
        app["owner"] = owner;
        app
    }

    /// The list of all lists.
    pub fn root(&self) -> Value {
        let links =
            ROOT_LINKS.iter().map(|name| ((*name).to_owned(), json!(format!("{}/{name}", self.rest))));
        Value::Object(links.collect())
    }
}
