//! One file a command. Each returns what it has to say twice: for people and for machines.

pub mod completions;
pub mod compress;
pub mod demo;
pub mod eval;
pub mod export;
#[cfg(feature = "finetune")]
pub mod finetune;
pub mod formats;
pub mod import;
pub mod inspect;
pub mod int8;
pub mod joint;
pub mod lower;
pub mod man;
pub mod merge;
pub mod search;

/// What a command says.
pub struct Answer {
    /// For people.
    pub text: String,
    /// For machines: one object, its `schema` counts incompatible changes.
    pub json: serde_json::Value,
}
