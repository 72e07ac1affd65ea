//! COPY and ADD.

use super::types::Copy;
use super::{Args, Command, Context, Errors, finish};
use crate::error::{Spanned, SyntaxError};
use crate::flags::{Flags, Kind};
use crate::heredoc::{Heredoc, is_heredoc};

/// The flags that both instructions have.
const COMMON: [(&str, Kind); 4] =
    [("chown", Kind::Text), ("chmod", Kind::Text), ("link", Kind::Bool), ("exclude", Kind::List)];

impl Context<'_> {
    pub(super) fn copy(&self, command: &Command) -> Result<Copy, Errors> {
        let own = [("from", Kind::Text), ("parents", Kind::Bool)];
        self.files(command, "COPY", &[&COMMON[..], &own].concat())
    }

    pub(super) fn add(&self, command: &Command) -> Result<Copy, Errors> {
        let own = [("checksum", Kind::Text), ("keep-git-dir", Kind::Bool), ("unpack", Kind::Bool)];
        self.files(command, "ADD", &[&COMMON[..], &own].concat())
    }

    fn files(&self, command: &Command, name: &str, known: &[(&'static str, Kind)]) -> Result<Copy, Errors> {
        let mut flags = self.known_flags(command, known);
        let Args { json, mut words } = self.json_or_list(&command.args).map_err(|error| vec![error])?;
        let Some(dest) = words.pop().filter(|_| !words.is_empty()) else {
            let error = self.error(command, format!("`{name}` requires at least two arguments"));
            flags.errors.push(error.help(format!("write `{name} <source> <target>`")));
            return Err(flags.errors);
        };
        if !json && is_heredoc(&dest.value) {
            let message = format!("`{name}` cannot take a heredoc as its target");
            flags.errors.push(SyntaxError::new(dest.range, message));
        }
        let (inline, sources) = words.into_iter().partition(|word| !json && is_heredoc(&word.value));
        let heredocs = self.inline(inline);
        finish(
            std::mem::take(&mut flags.errors),
            with_flags(flags, Copy { sources, heredocs, ..empty(dest, json) }),
        )
    }

    fn inline(&self, words: Vec<Spanned<String>>) -> Vec<Heredoc> {
        let part = |word: Spanned<String>| self.heredocs.iter().find(|part| part.range == word.range);
        words.into_iter().filter_map(part).map(|part| part.heredoc(self.source)).collect()
    }
}

fn empty(dest: Spanned<String>, json: bool) -> Copy {
    Copy {
        sources: Vec::new(),
        heredocs: Vec::new(),
        dest,
        json,
        from: None,
        chown: None,
        chmod: None,
        link: false,
        parents: false,
        exclude: Vec::new(),
        checksum: None,
        keep_git_dir: None,
        unpack: None,
    }
}

fn with_flags(mut flags: Flags, copy: Copy) -> Copy {
    Copy {
        from: flags.take("from").filter(|flag| !flag.value.is_empty()),
        chown: flags.take("chown"),
        chmod: flags.take("chmod"),
        link: flags.switch("link") == Some(true),
        parents: flags.switch("parents") == Some(true),
        exclude: flags.take_all("exclude"),
        checksum: flags.take("checksum"),
        keep_git_dir: flags.switch("keep-git-dir"),
        unpack: flags.switch("unpack"),
        ..copy
    }
}
