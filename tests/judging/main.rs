//! What is told of toolpacks, and what never is: changes, drift, hygiene, contracts; and files of the reference system,
//! as they were written and migrated.

mod cases;
mod clients;
mod compat;
mod compliance;
mod drift;
mod drift_recorded;
mod legacy;
mod lint;
mod migrate;
mod pairs;
mod real_schemas;
mod repair;
mod schema_oracle;
mod text_cues;
mod verify;

#[path = "../support/artifacts_digest.rs"]
mod artifacts_digest;
#[path = "../support/case.rs"]
mod case;
#[path = "../support/dice.rs"]
mod dice;
#[path = "../support/edit.rs"]
mod edit;
#[path = "../support/mirrors.rs"]
mod mirrors;
#[path = "../support/reference.rs"]
mod reference;
#[path = "../support/schema_edits.rs"]
mod schema_edits;
#[path = "../support/schema_spellings.rs"]
mod schema_spellings;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/sign_v2.rs"]
mod sign_v2;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
