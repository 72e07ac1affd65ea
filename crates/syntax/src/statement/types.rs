//! The types of statements.

use serde::Serialize;

use crate::error::{Spanned, SyntaxError};
use crate::heredoc::{Heredoc, is_heredoc};

/// An instruction with its arguments taken apart. Texts are raw: variables are not replaced, and the quotes of
/// words that are expanded later are still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "instruction", content = "arguments", rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the variants are the instructions of the language")]
pub enum Statement {
    From(From),
    Arg(Vec<ArgDecl>),
    Env(KeyValues),
    Label(KeyValues),
    Run(Run),
    Cmd(Exec),
    Entrypoint(Exec),
    Shell(Vec<Spanned<String>>),
    Healthcheck(Healthcheck),
    Copy(Copy),
    Add(Copy),
    Workdir(Spanned<String>),
    User(Spanned<String>),
    Volume(Vec<Spanned<String>>),
    Expose(Vec<Spanned<String>>),
    Stopsignal(Spanned<String>),
    Onbuild(Onbuild),
    Maintainer(Spanned<String>),
}

/// `FROM [--platform=…] image [AS name]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct From {
    /// The value of `--platform`.
    pub platform: Option<Spanned<String>>,
    /// Image, stage or `scratch`.
    pub image: Spanned<String>,
    /// `AS` as written.
    pub as_keyword: Option<Spanned<String>>,
    /// The name of the stage as written.
    pub name: Option<Spanned<String>>,
}

impl From {
    /// The name of the stage in lower case, by which it is found.
    pub fn stage_name(&self) -> Option<String> {
        self.name.as_ref().map(|name| name.value.to_lowercase())
    }
}

/// A variable of ARG.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArgDecl {
    /// Its name.
    pub key: Spanned<String>,
    /// Its default, a raw word.
    pub value: Option<Spanned<String>>,
}

/// The pairs of ENV and LABEL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyValues {
    /// Names and values, raw words both.
    pub pairs: Vec<(Spanned<String>, Spanned<String>)>,
    /// Whether it is the form without `=`, with a single pair whose value is the rest of the line.
    pub legacy: bool,
}

/// CMD and ENTRYPOINT.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exec {
    /// What is run.
    pub form: Form,
}

/// The two ways to write a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// A text for the shell; continuation lines are joined without anything between them.
    Shell(Spanned<String>),
    /// A list of arguments. The ranges cover the quotes.
    Json(Vec<Spanned<String>>),
}

/// `RUN [flags] command`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// What is run; with heredocs the line with their operators.
    pub form: Form,
    /// The heredocs of the line, in order.
    pub heredocs: Vec<Heredoc>,
    /// The values of `--mount`, for [`crate::parse_mount`].
    pub mounts: Vec<Spanned<String>>,
    /// `default`, `none` or `host`.
    pub network: Option<Spanned<String>>,
    /// `sandbox` or `insecure`.
    pub security: Option<Spanned<String>>,
    /// The values of `--device`.
    pub devices: Vec<Spanned<String>>,
}

impl Run {
    /// The heredoc that is the whole command, as in `RUN <<EOF`: its lines are a script.
    pub fn script(&self) -> Option<&Heredoc> {
        match &self.form {
            Form::Shell(text) if is_heredoc(&text.value) => self.heredocs.first(),
            _ => None,
        }
    }
}

/// COPY and ADD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copy {
    /// The sources that are paths.
    pub sources: Vec<Spanned<String>>,
    /// The sources that are heredocs.
    pub heredocs: Vec<Heredoc>,
    /// The target.
    pub dest: Spanned<String>,
    /// Whether the paths stand in a JSON array.
    pub json: bool,
    /// `--from` (COPY).
    pub from: Option<Spanned<String>>,
    /// `--chown`
    pub chown: Option<Spanned<String>>,
    /// `--chmod`
    pub chmod: Option<Spanned<String>>,
    /// `--link`
    pub link: bool,
    /// `--parents` (COPY)
    pub parents: bool,
    /// The values of `--exclude`.
    pub exclude: Vec<Spanned<String>>,
    /// `--checksum` (ADD)
    pub checksum: Option<Spanned<String>>,
    /// `--keep-git-dir` (ADD)
    pub keep_git_dir: Option<bool>,
    /// `--unpack` (ADD)
    pub unpack: Option<bool>,
}

/// HEALTHCHECK. Durations are in nanoseconds; zero stands for the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Healthcheck {
    /// `HEALTHCHECK NONE`
    None,
    /// `HEALTHCHECK [flags] CMD …`
    Cmd {
        /// The probe.
        form: Form,
        /// `--interval`
        interval: Option<i64>,
        /// `--timeout`
        timeout: Option<i64>,
        /// `--start-period`
        start_period: Option<i64>,
        /// `--start-interval`
        start_interval: Option<i64>,
        /// `--retries`
        retries: Option<i64>,
    },
}

/// ONBUILD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Onbuild {
    /// The trigger as it is kept in an image: the logical line behind ONBUILD, and the lines of its heredocs.
    pub text: String,
    /// The trigger taken apart; `None` when it will be refused where it is used.
    pub statement: Option<Box<Statement>>,
    /// Why it will be refused.
    pub errors: Vec<SyntaxError>,
}
