//! A step of a workflow and what stands around it: the action and its installer, events, judgement in parts, and GitHub,
//! played by a fake that is held against its contract.

mod action;
mod contract_github;
mod events;
mod github;
mod install;
mod publish;
mod shards;
mod step;
mod step_contract;
mod step_shards;

#[path = "../support/archive.rs"]
mod archive;
#[path = "../support/fake_github/mod.rs"]
mod fake_github;
#[path = "../support/files_served.rs"]
mod files_served;
#[path = "../support/forge.rs"]
mod forge;
#[path = "../support/http_client.rs"]
mod http_client;
#[path = "../support/hub.rs"]
mod hub;
#[path = "../support/in_parts.rs"]
mod in_parts;
#[path = "../support/market.rs"]
mod market;
#[path = "../support/prism.rs"]
mod prism;
#[path = "../support/runner.rs"]
mod runner;
#[path = "../support/github_scene.rs"]
mod scene;
#[path = "../support/shop_repo.rs"]
mod shop_repo;
#[allow(dead_code, reason = "each test file uses its part")]
#[path = "../support/stories.rs"]
mod stories;
#[path = "../support/cask.rs"]
mod support;
