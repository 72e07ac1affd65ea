//! `.dockerignore` files and the patterns of `COPY --exclude` (Dockerfile reference, "`.dockerignore` file";
//! the fine print is that of moby's pattern matcher).

use std::fmt;

use memchr::memmem;

use crate::glob::{BadPattern, glob_match};
use crate::nfa::Nfa;
use kit::clean_path;

/// The patterns of an ignore file, in order. A pattern also holds for what is below a directory that it matches.
///
/// A pattern is asked only when it would change what those before it have said; one that was not asked about a
/// directory says nothing of what is below. So the last one that matches does not always decide: after `*`,
/// `!a/b` and `a`, the file `a/b` is not ignored.
#[derive(Debug, Clone, Default)]
pub struct Ignore {
    patterns: Vec<IgnorePattern>,
    errors: Vec<IgnoreError>,
}

/// What the patterns say of a path, which what is below it depends on.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// The pattern that decided.
    by: Option<usize>,
    ignored: bool,
    /// Which patterns match the path or a directory above it, as far as they were asked; empty for the root.
    matched: Box<[bool]>,
}

impl Verdict {
    /// Whether the path is ignored.
    pub const fn is_ignored(&self) -> bool {
        self.ignored
    }
}

/// A line of an ignore file.
#[derive(Debug, Clone)]
pub struct IgnorePattern {
    /// The pattern, cleaned, without `!`.
    pub text: String,
    /// Its line, from 1.
    pub line: u32,
    /// Whether it began with `!`: what it matches is not ignored.
    pub negated: bool,
    pattern: Pattern,
}

/// A line of an ignore file that is no pattern. It matches nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for IgnoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for IgnoreError {}

impl Ignore {
    /// Reads an ignore file. Lines that are wrong match nothing and are told by [`Ignore::errors`].
    pub fn parse(text: &str) -> Self {
        let mut ignore = Self::default();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, number) in text.lines().zip(1..) {
            if let Err(message) = ignore.add(line, number) {
                ignore.errors.push(IgnoreError { line: number, message });
            }
        }
        ignore
    }

    fn add(&mut self, line: &str, number: u32) -> Result<(), String> {
        if line.starts_with('#') || line.trim().is_empty() {
            return Ok(());
        }
        let line = line.trim();
        let (negated, text) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest.trim()));
        if text.is_empty() {
            return Err("`!` without a pattern".to_owned());
        }
        let text = clean_path(text);
        if negated && text == "/" {
            return Err("`!/` without a pattern".to_owned());
        }
        let text = text.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&text);
        self.push(text, negated, number)
    }

    /// The patterns of `--exclude`, which are cleaned less: a slash before one stays, and matches nothing.
    pub fn of_flags<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut ignore = Self::default();
        for (flag, number) in patterns.into_iter().zip(1..) {
            if flag.trim().is_empty() {
                continue;
            }
            let text = clean_path(flag.trim());
            match text.strip_prefix('!') {
                Some("") => return Err("`!` without a pattern".to_owned()),
                Some(rest) => ignore.push(rest, true, number)?,
                None => ignore.push(&text, false, number)?,
            }
        }
        Ok(ignore)
    }

    fn push(&mut self, text: &str, negated: bool, line: u32) -> Result<(), String> {
        let pattern = Pattern::compile(text).map_err(|error| error.to_string())?;
        self.patterns.push(IgnorePattern { text: text.to_owned(), line, negated, pattern });
        Ok(())
    }

    /// The patterns in the order of the file.
    pub fn patterns(&self) -> &[IgnorePattern] {
        &self.patterns
    }

    /// The lines that are wrong.
    pub fn errors(&self) -> &[IgnoreError] {
        &self.errors
    }

    /// Whether it has no pattern.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether `path`, relative to the context and with slashes, is ignored.
    pub fn matches(&self, path: &str) -> bool {
        if self.patterns.iter().any(|item| item.negated) {
            return self.verdict(path).ignored;
        }
        let path = relative(path);
        !path.is_empty()
            && path != "."
            && self.patterns.iter().any(|item| item.pattern.matches_relative(path))
    }

    /// The line of the pattern that decides over `path`; `None` when none matches it.
    pub fn matching_line(&self, path: &str) -> Option<u32> {
        self.verdict(path).by.map(|at| self.patterns[at].line)
    }

    /// What the patterns say of `path`.
    pub fn verdict(&self, path: &str) -> Verdict {
        let path = relative(path);
        if path.is_empty() || path == "." {
            return Verdict::default();
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        ends.fold(Verdict::default(), |above, end| self.below(&above, &path[..end]))
    }

    /// What the patterns say of `path`, when `above` is what they say of its directory.
    pub fn below(&self, above: &Verdict, path: &str) -> Verdict {
        let (mut ignored, mut by) = (false, None);
        let mut ask = |(at, item): (usize, &IgnorePattern)| {
            let inherited = above.matched.get(at).is_some_and(|matched| *matched);
            let matched = inherited || item.negated == ignored && item.pattern.matches_exactly(path);
            if matched {
                (ignored, by) = (!item.negated, Some(at));
            }
            matched
        };
        let matched = self.patterns.iter().enumerate().map(&mut ask).collect();
        Verdict { by, ignored, matched }
    }

    /// Whether something below the directory `dir`, of which the patterns say `verdict`, can be not ignored. When
    /// not, a walk can leave it out. Also true when `dir` itself is not ignored.
    pub fn may_contain_included(&self, dir: &str, verdict: &Verdict) -> bool {
        if !verdict.ignored {
            return true;
        }
        let below = format!("{}/", relative(dir));
        let first = self.patterns.iter().position(|item| !item.negated).unwrap_or(0);
        self.patterns[first..].iter().any(|item| item.negated && item.pattern.may_match_below(&below))
    }
}

/// The path without what stands for the root before it, and without a slash behind it.
fn relative(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.trim_matches('/')
}

/// A single pattern in the form of an ignore file, without `!`.
#[derive(Debug, Clone)]
pub struct Pattern(Form);

#[derive(Debug, Clone)]
enum Form {
    /// No wildcard.
    Exact(String),
    /// `text**`
    Prefix(String),
    /// `**/text`
    Suffix(Box<memmem::Finder<'static>>),
    Everything,
    Wildcards(Nfa),
}

impl Pattern {
    /// Compiles a pattern as it is written, by `COPY --exclude` for one.
    pub fn new(text: &str) -> Result<Self, BadPattern> {
        let text = clean_path(text.trim());
        Self::compile(text.strip_prefix('/').filter(|rest| !rest.is_empty()).unwrap_or(&text))
    }

    fn compile(text: &str) -> Result<Self, BadPattern> {
        // An invalid pattern is refused in whichever form it comes.
        glob_match(text, ".")?;
        let plain = |part: &str| !part.contains(['*', '?', '[', ']', '\\']);
        if plain(text) {
            return Ok(Self(Form::Exact(text.to_owned())));
        }
        if text == "**" {
            return Ok(Self(Form::Everything));
        }
        if let Some(prefix) = text.strip_suffix("**").filter(|prefix| plain(prefix)) {
            return Ok(Self(Form::Prefix(prefix.to_owned())));
        }
        match text.strip_prefix("**").filter(|suffix| plain(suffix)) {
            Some(suffix) => Ok(Self(Form::Suffix(Box::new(memmem::Finder::new(suffix).into_owned())))),
            None => Ok(Self(Form::Wildcards(Nfa::new(text, true)?))),
        }
    }

    /// Whether it matches `path` or a directory above it.
    pub fn matches(&self, path: &str) -> bool {
        self.matches_relative(relative(path))
    }

    fn matches_relative(&self, path: &str) -> bool {
        match &self.0 {
            Form::Exact(text) => path.strip_prefix(text.as_str()).is_some_and(ends_part),
            Form::Prefix(text) => path.starts_with(text.as_str()),
            Form::Suffix(finder) => has_suffix(finder, path),
            Form::Everything => true,
            Form::Wildcards(nfa) => nfa.matches_with_parents(path),
        }
    }

    /// Whether it matches `path` itself.
    fn matches_exactly(&self, path: &str) -> bool {
        match &self.0 {
            Form::Exact(text) => path == text,
            Form::Prefix(text) => path.starts_with(text.as_str()),
            Form::Suffix(finder) => {
                let suffix = finder.needle();
                path.as_bytes().ends_with(suffix) || suffix.strip_prefix(b"/") == Some(path.as_bytes())
            }
            Form::Everything => true,
            Form::Wildcards(nfa) => nfa.matches(path),
        }
    }

    /// Whether it can match something below a directory, given with a slash at its end.
    fn may_match_below(&self, dir: &str) -> bool {
        match &self.0 {
            Form::Exact(text) => text.starts_with(dir),
            Form::Prefix(text) => text.starts_with(dir) || dir.starts_with(text.as_str()),
            Form::Suffix(_) | Form::Everything => true,
            Form::Wildcards(nfa) => nfa.may_match_longer(dir),
        }
    }
}

/// Whether what follows a match leaves whole parts of the path: nothing, or a slash.
fn ends_part(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Whether the path, or one above it, ends with the text. A text that begins with a slash matches at the very
/// begin without it, too: `**/a` matches `a`.
fn has_suffix(finder: &memmem::Finder<'static>, path: &str) -> bool {
    let suffix = finder.needle();
    let at_start = suffix.strip_prefix(b"/").and_then(|name| path.as_bytes().strip_prefix(name));
    if at_start.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'/')) {
        return true;
    }
    let bytes = path.as_bytes();
    finder.find_iter(bytes).any(|at| bytes.get(at + suffix.len()).is_none_or(|byte| *byte == b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &str, expect: bool) {
        assert_eq!(Ignore::parse(text).matches(path), expect, "{text:?} {path}");
    }

    #[test]
    fn single_patterns_match_as_in_moby() {
        for (pattern, path, expect) in [
            ("**", "file", true),
            ("**", "dir/file", true),
            ("**/", "file", true),
            ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true),
            ("dir/**", "dir/dir2/file", true),
            ("dir/**", "dir", false),
            ("**/dir", "dir", true),
            ("**/dir", "dir/file", true),
            ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/*", "dir/dir2/dir2/file", true),
            ("**file", "file", true),
            ("**file", "dir/file", true),
            ("**/file", "dir/dir/file", true),
            ("**/file*", "dir/dir/file.txt", true),
            ("**/file*txt", "dir/dir/file.txt", true),
            ("**/file*.txt*", "dir/dir/file.txt", true),
            ("**/**/*.txt", "dir/dir/file.txt", true),
            ("**/**/*.txt2", "dir/dir/file.txt", false),
            ("**/*.txt", "file.txt", true),
            ("**/**/*.txt", "file.txt", true),
            ("a**/*.txt", "a/file.txt", true),
            ("a**/*.txt", "a/dir/dir/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false),
            ("a/*.txt", "a/file.txt", true),
            ("a/*.txt**", "a/file.txt", true),
            ("a[b-d]e", "ae", false),
            ("a[b-d]e", "ace", true),
            ("a[b-d]e", "aae", false),
            ("a[^b-d]e", "aze", true),
            (".*", ".foo", true),
            (".*", "foo", false),
            ("abc.def", "abcdef", false),
            ("abc.def", "abc.def", true),
            ("abc.def", "abcZdef", false),
            ("abc?def", "abcZdef", true),
            ("abc?def", "abcdef", false),
            ("a\\\\", "a\\", true),
            ("a\\b", "ab", true),
            ("a\\b", "ac", false),
            ("**/foo/bar", "foo/bar", true),
            ("**/foo/bar", "dir/dir2/foo/bar", true),
            ("abc/**", "abc", false),
            ("abc/**", "abc/def/ghi", true),
            ("**/.foo", ".foo", true),
            ("**/.foo", "bar.foo", false),
            ("a(b)c/def", "a(b)c/def", true),
            ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
            ("dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36-py3-none-any.whl", true),
            ("foo", "foo/bar/baz", true),
            ("foo", "foobar", false),
            ("*/bar", "foo/bar/baz", true),
            ("**foo", "x/afoo/b", true),
            ("é?", "éa", true),
        ] {
            check(pattern, path, expect);
        }
    }

    #[test]
    fn the_last_match_decides() {
        for (text, path, expect) in [
            ("**\n!file", "file", false),
            ("**\n!file", "other", true),
            ("dir\n!dir/keep", "dir/keep/x", false),
            ("dir\n!dir/keep", "dir/other", true),
            ("!dir/keep\ndir", "dir/keep", true),
            ("docs\n!docs/*.md\ndocs/x.md", "docs/x.md", true),
            ("docs\n!docs/*.md\ndocs/x.md", "docs/y.md", false),
            ("*\n!*/\n!a.txt", "b.txt", false),
            // One that was not asked about the directory says nothing of what is below.
            ("*\n!a/b\na", "a/b", false),
            ("*\n!a/b\na", "a/c", true),
            ("!a/b\na", "a/b", true),
            ("**b\n!a/?", "a/a/ab", true),
            ("[^a]\n!*/**b\n[a-c]*", "b/a/b", false),
        ] {
            check(text, path, expect);
        }
    }

    #[test]
    fn lines_are_cleaned_and_comments_dropped() {
        let ignore = Ignore::parse("\u{feff}# c\n\n /a/./b/ \r\n ! x/../y\n # d\n!\n[\n!/\n");
        let shown: Vec<_> =
            ignore.patterns().iter().map(|item| (item.text.as_str(), item.line, item.negated)).collect();
        assert_eq!(shown, [("a/b", 3, false), ("y", 4, true), ("# d", 5, false)]);
        let errors: Vec<_> = ignore.errors().iter().map(ToString::to_string).collect();
        let expect = [
            "line 6: `!` without a pattern",
            "line 7: `[` is not a valid pattern",
            "line 8: `!/` without a pattern",
        ];
        assert_eq!(errors, expect);
        assert_eq!(ignore.matching_line("a/b/c"), Some(3));
        assert_eq!(ignore.matching_line("z"), None);
    }

    #[test]
    fn directories_are_left_out_when_nothing_below_can_be_wanted() {
        let check = |text: &str, dir: &str, expect: bool| {
            let ignore = Ignore::parse(text);
            assert_eq!(ignore.may_contain_included(dir, &ignore.verdict(dir)), expect, "{text:?} {dir}");
        };
        check("a", "a", false);
        check("a", "b", true);
        check("*\n!a/b", "a", true);
        check("*\n!a/b", "c", false);
        check("*\n!a/b", "a/b", true);
        check("*\n!a/b", "a/c", false);
        check("!a/b\n*", "a", false);
        check("*\n!**/keep", "a", true);
        check("*\n!a/**", "a/x", true);
        check("*\n!a/*/c", "a", true);
        check("*\n!a/*/c", "a/b", true);
        check("*\n!a/*/c", "b", false);
        check("*\n!a*/c", "abc", true);
        check("*\n!src**", "srcs", true);
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let pattern = "*a".repeat(60) + "b";
        check(&pattern, &"a".repeat(4000), false);
        check(&("**/".repeat(60) + "*b"), &"a/".repeat(2000), false);
    }
}
