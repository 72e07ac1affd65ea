//! Lossless trees of the shell texts of build steps, and typed views of them.
//!
//! Parsing never fails: [`parse`] gives a tree for every text, and printing the tree gives the text again
//! (invariant I2). What is wrong with a text stands beside the tree, as [`ShellError`]s. Every node has a range of the
//! text. The languages are those of `sh`, as dash and busybox have it, and of bash.

mod dialect;
mod dump;
mod error;
mod extensions;
mod kind;
mod parser;
mod tree;
mod view;

pub use dialect::Dialect;
pub use error::ShellError;
pub use extensions::{Extension, ExtensionKind};
pub use kind::Kind;
pub use parser::parse;
pub use tree::{Children, Node, NodeId, Parse};
pub use view::{
    Access, AndOr, Arg, Assignment, Case, CaseItem, Command, Embedded, Function, Heredoc, If, Invocation,
    Link, Loop, Parameter, ParameterOperator, Piece, Pieces, Pipeline, Redirect, Role, Setting, Settings,
    ShellOptions, VariableUse, Word,
};
