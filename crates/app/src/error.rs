//! Errors as a user meets them: what failed, where, and what to do next.

use std::fmt;

use kit::TextRange;

/// Which exit code an error has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The command or its configuration is wrong: 2.
    Usage,
    /// The build failed: 3.
    Build,
    /// The machine, the store or the network failed: 4.
    Environment,
}

/// A text with a place in it.
#[derive(Debug, Clone)]
pub struct SourceText {
    /// Name of the file, as given.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// The place.
    pub range: TextRange,
}

/// A failed use case.
#[derive(Debug)]
pub struct AppError {
    /// Which kind.
    pub class: ErrorClass,
    /// What failed: a lowercase fragment.
    pub message: String,
    /// Where, in a file of the project.
    pub source: Option<Box<SourceText>>,
    /// What to do about it.
    pub help: Option<String>,
    /// The process that failed, where one did.
    pub step: Option<Box<build_engine::FailedStep>>,
}

impl AppError {
    /// An error of a class.
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), source: None, help: None, step: None }
    }

    /// A wrong command.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Usage, message)
    }

    /// A failure of the machine or the network.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(ErrorClass::Environment, message)
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same at a place of a file.
    #[must_use]
    pub fn in_source(mut self, file: &str, text: &str, range: Option<TextRange>) -> Self {
        self.source =
            range.map(|range| Box::new(SourceText { file: file.to_owned(), text: text.to_owned(), range }));
        self
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for AppError {}

impl From<store::StoreError> for AppError {
    fn from(error: store::StoreError) -> Self {
        let help = error.hint().map(str::to_owned);
        Self { help, ..Self::environment(error.to_string()) }
    }
}

impl From<std::io::Error> for AppError {
    fn from(error: std::io::Error) -> Self {
        Self::environment(error.to_string())
    }
}

impl From<registry::RegistryError> for AppError {
    fn from(error: registry::RegistryError) -> Self {
        let help = error.hint().map(str::to_owned);
        Self { help, ..Self::environment(error.to_string()) }
    }
}

impl From<build_engine::BuildError> for AppError {
    fn from(error: build_engine::BuildError) -> Self {
        let class = if error.environment { ErrorClass::Environment } else { ErrorClass::Build };
        Self { help: error.help, step: error.step, ..Self::new(class, error.message) }
    }
}

impl From<sandbox::SandboxError> for AppError {
    fn from(error: sandbox::SandboxError) -> Self {
        Self::environment(error.to_string())
    }
}
