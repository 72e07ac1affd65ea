//! Lossless trees of Dockerfiles with typed views on top, the word expansion of the Dockerfile language, the
//! patterns of `.dockerignore` and of COPY, and the addresses that ADD and contexts take.
//!
//! Parsing never fails: [`parse`] gives a tree for every text, and printing the tree gives the text again
//! (invariant I2). What is wrong with a text stands beside the tree, as [`SyntaxError`]s. The language is that
//! of the Dockerfile reference; where the reference is silent, what `BuildKit` does counts.

mod check;
mod csv;
mod device;
mod distance;
mod dump;
mod duration;
mod error;
mod flags;
mod glob;
mod heredoc;
mod ignore;
mod json;
mod keyword;
mod lexer;
mod lines;
mod logical;
mod mount;
mod nfa;
mod pattern;
mod remote;
mod shell_blanks;
mod shell_text;
mod statement;
mod token;
mod tree;
mod word;
mod words;

pub use check::CheckOptions;
pub use device::{Device, parse_device};
pub use error::{Spanned, SyntaxError};
pub use glob::{BadPattern, glob_match, has_wildcard};
pub use heredoc::{Heredoc, is_heredoc};
pub use ignore::{Ignore, IgnoreError, IgnorePattern, Pattern, Verdict};
pub use keyword::Keyword;
pub use lexer::parse;
pub use mount::{Mount, MountKind, parse_mount};
pub use remote::{GitRef, GitTimes, NotGit, Remote, WebUrl, commit_prefix, is_commit};
pub use shell_blanks::{is_posix_shell, shell_blanks, squeeze_shell};
pub use shell_text::{ShellText, ShellTextKind};
pub use statement::{ArgDecl, Copy, Exec, Form, From, Healthcheck, KeyValues, Onbuild, Run, Statement};
pub use token::{Token, TokenKind};
pub use tree::{Directive, Instruction, Item, Parse};
pub use word::{
    Expanded, Expander, Variable, WordError, expand_heredoc, expand_word, expand_words, variables,
};
