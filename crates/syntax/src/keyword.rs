//! The instructions of the language.

use serde::Serialize;

use crate::distance::closest;

/// The instruction a line gives (Dockerfile reference, "Overview").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Keyword {
    /// `ADD`
    Add,
    /// `ARG`
    Arg,
    /// `CMD`
    Cmd,
    /// `COPY`
    Copy,
    /// `ENTRYPOINT`
    Entrypoint,
    /// `ENV`
    Env,
    /// `EXPOSE`
    Expose,
    /// `FROM`
    From,
    /// `HEALTHCHECK`
    Healthcheck,
    /// `LABEL`
    Label,
    /// `MAINTAINER`
    Maintainer,
    /// `ONBUILD`
    Onbuild,
    /// `RUN`
    Run,
    /// `SHELL`
    Shell,
    /// `STOPSIGNAL`
    Stopsignal,
    /// `USER`
    User,
    /// `VOLUME`
    Volume,
    /// `WORKDIR`
    Workdir,
    /// Any other word.
    Unknown,
}

const NAMES: [(&str, Keyword); 18] = [
    ("RUN", Keyword::Run),
    ("COPY", Keyword::Copy),
    ("ENV", Keyword::Env),
    ("FROM", Keyword::From),
    ("ARG", Keyword::Arg),
    ("WORKDIR", Keyword::Workdir),
    ("ADD", Keyword::Add),
    ("CMD", Keyword::Cmd),
    ("EXPOSE", Keyword::Expose),
    ("LABEL", Keyword::Label),
    ("ENTRYPOINT", Keyword::Entrypoint),
    ("USER", Keyword::User),
    ("VOLUME", Keyword::Volume),
    ("MAINTAINER", Keyword::Maintainer),
    ("HEALTHCHECK", Keyword::Healthcheck),
    ("SHELL", Keyword::Shell),
    ("STOPSIGNAL", Keyword::Stopsignal),
    ("ONBUILD", Keyword::Onbuild),
];

impl Keyword {
    /// The instruction that `word` names, in any case.
    pub fn of(word: &str) -> Self {
        NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map_or(Self::Unknown, |(_, keyword)| *keyword)
    }

    /// Its name in upper case; empty for an unknown one.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, keyword)| *keyword == self).map_or("", |(name, _)| name)
    }

    /// Whether lines of a heredoc can follow; for ONBUILD that depends on the trigger.
    pub(crate) const fn takes_heredocs(self) -> bool {
        matches!(self, Self::Add | Self::Copy | Self::Run)
    }
}

/// What to say of a word that is no instruction.
pub(crate) fn suggest(word: &str) -> Option<String> {
    let upper = word.to_uppercase();
    closest(&upper, NAMES.iter().map(|(name, _)| *name)).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_case() {
        for (name, keyword) in NAMES {
            assert_eq!(Keyword::of(&name.to_lowercase()), keyword);
            assert_eq!(keyword.name(), name);
        }
        assert_eq!(Keyword::of("FORM"), Keyword::Unknown);
        assert_eq!(Keyword::Unknown.name(), "");
    }

    #[test]
    fn near_misses_have_a_suggestion() {
        let check = |word: &str, expect: Option<&str>| {
            let expect = expect.map(|name| format!("did you mean `{name}`?"));
            assert_eq!(suggest(word), expect, "{word}");
        };
        check("FORM", Some("FROM"));
        check("runn", Some("RUN"));
        check("ENTRYPONT", Some("ENTRYPOINT"));
        check("apt-get", None);
        check("", None);
    }
}
