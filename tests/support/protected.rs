//! A repository on GitHub whose gate is protected, and the doctor that looks at it.

use serde_json::{Value, json};

use super::support::{Place, Ran};
use super::upstream::{Answered, Upstream};

/// What the doctor asks with.
pub const TOKEN: &str = "ghp_secret_of_a_person";

/// GitHub's side of a repository whose gate is protected, save for what a test takes away.
pub fn github(without: &'static str) -> Upstream {
    Upstream::new(move |asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        let rest = path.strip_prefix("/repos/acme/shop").unwrap_or("/elsewhere");
        let json = |value: Value| Answered::json(200, &value);
        match rest {
            "" => json(json!({"id": 1, "full_name": "acme/shop", "default_branch": "main"})),
            "/git/ref/heads/main" => json(json!({"ref": "refs/heads/main", "object": {"type": "commit",
                "sha": "1111111111111111111111111111111111111111"}})),
            "/rules/branches/main" if without == "rules" => Answered::json(403, &json!({"message": "no"})),
            "/rules/branches/main" => json(json!([
                {"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": true,
                    "require_code_owner_review": true}},
                {"type": "deletion"}, {"type": "non_fast_forward"},
                {"type": "required_status_checks", "parameters": {
                    "strict_required_status_checks_policy": true, "required_status_checks": if without == "check"
                        { json!([]) } else { json!([{"context": "gate", "integration_id": 15368}]) }}}])),
            "/branches/main/protection" => Answered::json(404, &json!({"message": "Branch not protected"})),
            "/actions/permissions/workflow" => json(json!({"default_workflow_permissions": "read",
                "can_approve_pull_request_reviews": false})),
            "/contents/.github/CODEOWNERS" => json(json!({"type": "file", "encoding": "base64",
                "sha": "2222222222222222222222222222222222222222", "content": "Ly5naXRodWIvIEBhCi8uY2Fza21jcC8gQGEK"})),
            _ => Answered::json(404, &json!({"message": "Not Found"})),
        }
    })
}

/// What `cask doctor --github` comes to there.
pub fn doctor(github: &Upstream, more: &[&str]) -> Ran {
    let mut args = vec!["doctor", "--github", "--repo", "acme/shop"];
    args.extend(more);
    let api = format!("http://127.0.0.1:{}", github.port);
    Place::new().cask_with(&args, &[("GITHUB_API_URL", &api), ("GH_TOKEN", TOKEN)])
}
