//! The tools of the inspect server: a name in, the tool out. One table for what is listed, how it is checked and what
//! answers.

use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations};

use super::answers::{self, Answer, Question};
use super::policy;
use super::schemas::{self, Schema};

/// What answers.
#[derive(Clone, Copy)]
pub enum By {
    /// What was read.
    Looked(fn(&Question) -> Answer),
    /// What is asked of the approvals as `cask gate check` does.
    Gate,
    /// What is asked of the surface as `cask drift` does.
    Drift,
}

/// One tool.
pub struct Row {
    /// The name that is listed.
    pub name: &'static str,
    /// Another name that is answered to as well.
    pub alias: Option<&'static str>,
    title: &'static str,
    description: &'static str,
    takes: fn() -> Schema,
    gives: fn() -> Schema,
    /// What answers.
    pub by: By,
}

/// Every tool, in the order of the list.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    Row { name: "caskmcp_list_actions", alias: Some("cask_list_actions"), title: "List actions",
        description: "List the actions of the toolpack with risk tier and approval status, filtered by tier, method or status",
        takes: schemas::filter_arguments, gives: schemas::actions, by: By::Looked(answers::list_actions) },
    Row { name: "caskmcp_check_policy", alias: Some("cask_check_policy"), title: "Check policy",
        description: "What would happen to a call of an action: allowed, confirmed by a person first, or denied, and why. Nothing is called or counted",
        takes: schemas::policy_arguments, gives: schemas::policy, by: By::Looked(policy::check_policy) },
    Row { name: "caskmcp_get_approval_status", alias: Some("cask_get_approval_status"), title: "Approval status",
        description: "Who approved an action, whether the signatures hold, and whether it would be served",
        takes: schemas::approval_arguments, gives: schemas::approval, by: By::Looked(answers::approval_status) },
    Row { name: "caskmcp_list_pending_approvals", alias: Some("cask_list_pending_approvals"), title: "Pending approvals",
        description: "List the actions that nobody, or not enough people, have approved as they are now",
        takes: schemas::page_arguments, gives: schemas::pending, by: By::Looked(answers::list_pending) },
    Row { name: "caskmcp_get_action_details", alias: Some("cask_get_action_details"), title: "Action details",
        description: "All that is known of an action: where it calls, what it takes and returns, its risk and its approval",
        takes: schemas::action_arguments, gives: schemas::details, by: By::Looked(answers::action_details) },
    Row { name: "caskmcp_risk_summary", alias: Some("cask_risk_summary"), title: "Risk summary",
        description: "How many actions there are of each risk tier, and how they stand",
        takes: schemas::no_arguments, gives: schemas::risks, by: By::Looked(answers::risk_summary) },
    Row { name: "caskmcp_get_flows", alias: Some("cask_get_flows"), title: "Flows",
        description: "Which actions return what others take",
        takes: schemas::page_arguments, gives: schemas::flows, by: By::Looked(answers::flows) },
    Row { name: "cask_gate_check", alias: None, title: "Gate check",
        description: "What `cask gate check` says of the toolpack: verdict, counts, and the gravest findings",
        takes: schemas::toolset_arguments, gives: schemas::report, by: By::Gate },
    Row { name: "cask_drift_status", alias: None, title: "Drift status",
        description: "How the surface that was named when the server began differs from the locked one, as `cask drift` says it",
        takes: schemas::no_arguments, gives: schemas::report, by: By::Drift },
];

impl Row {
    /// The tool of this name.
    pub fn named(name: &str) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.name == name || row.alias == Some(name))
    }

    /// The tool as it is listed.
    pub fn offered(&self) -> Tool {
        let hints =
            ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false);
        Tool::new(self.name, self.description, Arc::new((self.takes)()))
            .with_title(self.title)
            .with_raw_output_schema(Arc::new((self.gives)()))
            .with_annotations(hints)
    }
}
