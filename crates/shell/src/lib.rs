//! Lossless trees of the shell texts of build steps, and typed views of them.
//!
//! Parsing never fails: [`parse`] gives a tree for every text, and printing the tree gives the text again
//! (invariant I2). What is wrong with a text stands beside the tree, as [`ShellError`]s. Every node has a range of
//! the text. The languages are those of `sh`, as dash and busybox have it, and of bash.
//!
//! A tree is a flat list of nodes in the order of the text ([`Node`], [`Kind`]). A [`Kind::Script`] or [`Kind::List`]
//! holds [`Kind::AndOr`], that holds [`Kind::Pipeline`], that holds commands, also where there is one of each. Rules
//! mostly begin with [`Parse::commands`] or [`Invocation`], and go on to [`Word`] and its [`Piece`]s.
//!
//! Where `sh` has no such syntax, a text for it is read as bash reads it, and [`Parse::extensions`] tells: a rule
//! wants to see the array that dash refuses. What differs from the shells:
//! - aliases are not replaced, and a backslash and line end within an operator, a name or a reserved word is not
//!   looked through;
//! - dash takes `[[`, `&>`, `$'…'`, `+=` and `{a,b}` for other things than bash does; here they are what bash makes
//!   of them;
//! - whether `@(…)` is a pattern is decided by the word `extglob` in the text before it;
//! - errors that bash finds only when it runs a text, in backquotes and here-documents, are in the list, marked as
//!   late.

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
