//! What protects a branch and a repository, as GitHub says: rules, the older protection, CODEOWNERS, defaults of tokens.

use super::address::Slug;
use super::api::{Api, Question, of};
use crate::github::owners;
use crate::github::protections::{BranchRule, Classic, Look, Seen, TokenDefaults};
use crate::github::refused::{Refused, Why};

/// What only an administrator is told.
const ADMIN: &str = "administration: read";

/// What GitHub answers where a branch has no protection of the older kind.
const NONE: &str = "Branch not protected";

impl Api {
    /// Everything that protects a branch of a repository: each by itself, so that one that is not for this token hides
    /// no other.
    ///
    /// # Errors
    /// The repository or the branch is not there, or the API can't be asked at all.
    pub fn protections(&self, slug: Slug, branch: Option<&str>, check: &str) -> Result<Seen, Refused> {
        let branch = match branch {
            Some(branch) => branch.to_owned(),
            None => self.repository(slug)?.default_branch,
        };
        let tip = self.branch_tip(slug, &branch)?.ok_or_else(|| {
            Refused::new(Why::Missing, format!("there is no branch {branch:?}"), "--branch NAME, for another")
        })?;
        Ok(Seen {
            rules: self.branch_rules(slug, &branch),
            classic: self.older_protection(slug, &branch),
            owners: self.owners(slug, &tip),
            token: self.token_defaults(slug),
            check: check.to_owned(),
            branch,
        })
    }

    fn branch_rules(&self, slug: Slug, branch: &str) -> Look<Vec<BranchRule>> {
        let steps = of(slug, &["rules", "branches", branch]);
        let question = Question { steps: &steps, query: &[("per_page", "100")], needs: "metadata: read" };
        self.list(question, |page: Vec<BranchRule>| page, usize::MAX)
    }

    fn older_protection(&self, slug: Slug, branch: &str) -> Look<Option<Classic>> {
        let steps = of(slug, &["branches", branch, "protection"]);
        match self.get(Question { steps: &steps, query: &[], needs: ADMIN }) {
            Ok(classic) => Ok(Some(classic)),
            // The same answer means that there is none, or that it is not for this token: only the words differ.
            Err(refused) if refused.why == Why::Missing && refused.reason.contains(NONE) => Ok(None),
            Err(refused) => Err(admin(refused)),
        }
    }

    fn owners(&self, slug: Slug, sha: &str) -> Look<Option<String>> {
        for path in owners::PATHS {
            let Some(bytes) = self.file(slug, path, sha)? else { continue };
            if bytes.len() > owners::LIMIT {
                let reason = format!("{path} is larger than what GitHub reads, so nobody owns anything");
                return Err(Refused::new(Why::TooLarge, reason, "shorten it to less than 3 MB"));
            }
            return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
        }
        Ok(None)
    }

    fn token_defaults(&self, slug: Slug) -> Look<TokenDefaults> {
        let steps = of(slug, &["actions", "permissions", "workflow"]);
        self.get(Question { steps: &steps, query: &[], needs: ADMIN }).map_err(admin)
    }
}

/// No job can be given the right to see settings: a person's token can.
fn admin(refused: Refused) -> Refused {
    match refused.why {
        Why::Forbidden | Why::Missing => Refused {
            fix: "GH_TOKEN of an administrator: a fine-grained token with Administration: read".to_owned(),
            ..refused
        },
        _ => refused,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::testing::{Server, Still, answer};
    use super::*;
    use crate::github::protections::{State, exit_code, look};

    const SLUG: Slug = Slug { owner: "acme", repo: "shop" };

    fn seen(answers: &[(u16, &str)]) -> (Seen, Vec<String>) {
        let answers = answers.iter().map(|(status, body)| answer(*status, &[], body)).collect();
        let server = Server::start(answers);
        let api = Api::new(server.settings(&Arc::new(Still::default())));
        let seen = api.protections(SLUG, None, "gate").unwrap();
        (seen, server.asked().into_iter().map(|asked| asked.line).collect())
    }

    const REPO: &str = r#"{"id": 1, "full_name": "acme/shop", "default_branch": "release/1"}"#;
    const TIP: &str =
        r#"{"ref": "refs/heads/release/1", "object": {"sha": "1111111111111111111111111111111111111111"}}"#;
    const RULES: &str = r#"[{"type": "pull_request", "parameters": {"dismiss_stale_reviews_on_push": true,
        "require_code_owner_review": true, "allowed_merge_methods": ["merge"]}}, {"type": "deletion"},
        {"type": "required_status_checks", "parameters": {"strict_required_status_checks_policy": true,
        "required_status_checks": [{"context": "gate", "integration_id": 15368}]}}, {"type": "non_fast_forward"}]"#;
    const OWNERS: &str = r#"{"type": "file", "sha": "2222222222222222222222222222222222222222", "encoding": "base64",
        "content": "Ly5naXRodWIvIEBhCi8uY2Fza21jcC8gQGEK"}"#;
    const NOT: (u16, &str) = (404, r#"{"message": "Branch not protected"}"#);

    #[test]
    fn each_is_asked_where_it_is() {
        let token = r#"{"default_workflow_permissions": "read", "can_approve_pull_request_reviews": false}"#;
        let (seen, asked) = seen(&[(200, REPO), (200, TIP), (200, RULES), NOT, (200, OWNERS), (200, token)]);
        assert_eq!(
            asked,
            [
                "GET /repos/acme/shop",
                "GET /repos/acme/shop/git/ref/heads/release/1",
                "GET /repos/acme/shop/rules/branches/release%2F1?per_page=100",
                "GET /repos/acme/shop/branches/release%2F1/protection",
                "GET /repos/acme/shop/contents/.github/CODEOWNERS?ref=1111111111111111111111111111111111111111",
                "GET /repos/acme/shop/actions/permissions/workflow",
            ]
        );
        let all = look(&seen);
        assert!(all.iter().all(|one| one.state == State::There), "{all:?}");
        assert_eq!(exit_code(&all), 0);
    }

    #[test]
    fn what_is_not_for_this_token_was_not_looked_at() {
        let no = (403, r#"{"message": "Resource not accessible by integration"}"#);
        let (seen, _) = seen(&[(200, REPO), (200, TIP), (200, "[]"), no, (200, OWNERS), no]);
        let all = look(&seen);
        let unseen = all.iter().filter(|one| matches!(one.state, State::Unseen(..))).count();
        assert_eq!((unseen, exit_code(&all)), (9, 3));
        assert!(all.iter().all(|one| one.state != State::Missing), "{all:?}");
    }
}
