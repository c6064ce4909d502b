//! Who we are with this token, and what only GraphQL can do.

use serde::Deserialize;
use serde_json::json;

use super::api::Api;
use crate::github::refused::Refused;
use crate::github::retry::Verb;

impl Api {
    /// The login that this token writes with.
    ///
    /// # Errors
    /// It is not told: by an enterprise server, or to a token without an account.
    pub fn login(&self) -> Result<String, Refused> {
        #[derive(Deserialize)]
        struct Data {
            viewer: Viewer,
        }
        #[derive(Deserialize)]
        struct Viewer {
            login: String,
        }
        let data: Data = self.graphql(Verb::Reads, "query{viewer{login}}", json!({}))?;
        Ok(data.viewer.login)
    }

    /// Folds a comment as outdated.
    ///
    /// # Errors
    /// It stays as it is.
    pub fn minimize(&self, node_id: &str) -> Result<(), Refused> {
        #[derive(Deserialize)]
        struct Data {}
        let query = "mutation($id:ID!){minimizeComment(input:{subjectId:$id,classifier:OUTDATED})\
                     {minimizedComment{isMinimized}}}";
        self.graphql::<Data>(Verb::Replaces, query, json!({ "id": node_id })).map(|_| ())
    }
}
