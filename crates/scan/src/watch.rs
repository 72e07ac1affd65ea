//! Secrets in the files of a layer, found while the layer is read for its packages.

use std::io::{self, Read};

use secrets::{Finding, Rules, Search};
use serde::{Deserialize, Serialize};

use crate::Content;
use crate::content::fill;

/// A secret in a file of a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundSecret {
    /// Path of the file from the root, without a leading `/`.
    pub path: String,
    /// The rule that found it.
    pub rule: String,
    /// Line, from 1; 0 where the path alone tells it.
    pub line: u32,
    /// Its last line.
    pub end_line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// Length in bytes.
    pub length: usize,
    /// Tells secrets apart and gives none away.
    pub mark: String,
}

/// Directories of an image that hold nothing but what its distribution has put there: documents, translations, headers, and the
/// libraries of languages, which are many files. What is installed beside the distribution lies elsewhere, or in [`INSTALLED`].
const SKIPPED: &[&str] = &[
    "usr/include/",
    "usr/lib/aarch64-linux-gnu/",
    "usr/lib/git-core/",
    "usr/lib/locale/",
    "usr/lib/python3/",
    "usr/lib/python3.",
    "usr/lib/ruby/",
    "usr/lib/x86_64-linux-gnu/",
    "usr/lib64/python3.",
    "usr/libexec/git-core/",
    "usr/share/doc/",
    "usr/share/fonts/",
    "usr/share/i18n/",
    "usr/share/icons/",
    "usr/share/info/",
    "usr/share/javascript/",
    "usr/share/locale/",
    "usr/share/man/",
    "usr/share/nodejs/",
    "usr/share/perl/",
    "usr/share/perl5/",
    "usr/share/python3/",
    "usr/share/rubygems-integration/",
    "usr/share/terminfo/",
    "usr/share/zoneinfo/",
    "var/lib/dpkg/info/",
];

/// Where `pip` and `gem` put what anybody installs, on some distributions below these directories.
const INSTALLED: &[&str] = &["/site-packages/", "/gems/"];

fn is_of_distribution(path: &str) -> bool {
    SKIPPED.iter().any(|dir| path.starts_with(dir)) && !INSTALLED.iter().any(|dir| path.contains(dir))
}

/// What is read first: it says whether a file holds text.
const FIRST: usize = 4 << 10;
const PIECE: usize = 128 << 10;

/// Looks at the files of a layer as they come by.
#[derive(Debug)]
pub struct Watch<'r> {
    rules: &'r Rules,
    is_project: bool,
    piece: Vec<u8>,
    found: Vec<FoundSecret>,
}

impl<'r> Watch<'r> {
    /// With these rules; `is_project` for a directory that is no root of a file system.
    pub const fn new(rules: &'r Rules, is_project: bool) -> Self {
        Self { rules, is_project, piece: Vec::new(), found: Vec::new() }
    }

    /// What was found, sorted by path.
    pub fn finish(mut self) -> Vec<FoundSecret> {
        self.found.sort_by(|a, b| (&a.path, a.line, a.column).cmp(&(&b.path, b.line, b.column)));
        self.found
    }

    /// A file that is read from front to end; `head` was read already.
    pub(crate) fn stream(&mut self, path: &str, head: &[u8], reader: &mut dyn Read) -> io::Result<()> {
        let Some(search) = self.begin(path) else { return Ok(()) };
        self.search(path, search, &mut head.chain(reader))
    }

    /// A file that is at hand.
    pub(crate) fn content(&mut self, path: &str, content: &Content) -> io::Result<()> {
        let Some(search) = self.begin(path) else { return Ok(()) };
        self.search(path, search, &mut content.reader(0))
    }

    /// Whether anything of a file is to be read.
    pub(crate) fn wants(&self, path: &str) -> bool {
        (self.is_project || !is_of_distribution(path)) && !self.rules.allows_file(path)
    }

    fn begin(&self, path: &str) -> Option<Search<'r>> {
        self.wants(path).then(|| Search::new(self.rules, path))
    }

    fn search(&mut self, path: &str, mut search: Search<'r>, reader: &mut dyn Read) -> io::Result<()> {
        self.piece.resize(PIECE, 0);
        let mut most = FIRST;
        loop {
            let count = fill(reader, &mut self.piece[..most])?;
            let bytes = &self.piece[..count];
            if count == 0 || (most == FIRST && secrets::is_binary(bytes)) {
                break;
            }
            search.update(bytes);
            if count < most {
                break;
            }
            most = PIECE;
        }
        let found = search.finish().into_iter().map(|one| secret(path, one));
        self.found.extend(found);
        Ok(())
    }
}

fn secret(path: &str, one: Finding) -> FoundSecret {
    FoundSecret {
        path: path.to_owned(),
        rule: one.rule,
        line: one.line,
        end_line: one.end_line,
        column: one.column,
        length: one.length,
        mark: one.mark,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::of_directory;

    #[test]
    fn what_anybody_installs_is_not_the_distributions() {
        for (path, expect) in [
            ("usr/lib/python3.12/json/decoder.py", true),
            ("usr/lib/python3.12/site-packages/app/settings.py", false),
            ("usr/lib/ruby/gems/3.2.0/gems/app-1/config.yml", false),
            ("usr/share/doc/app/README", true),
            ("app/usr/share/doc/x", false),
        ] {
            assert_eq!(is_of_distribution(path), expect, "{path}");
        }
    }

    #[test]
    fn files_are_searched_on_the_way_programs_and_documents_are_not() {
        // Put together here, so that this file holds no token.
        let token = ["gh", "p_", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5"].concat();
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("app/config.py", format!("x = 1\nt = \"{token}\"\n")),
            ("app/tool", format!("\u{7f}ELF {token}\n")),
            ("usr/lib/python3/dist-packages/x.py", format!("{token}\n")),
            ("usr/share/doc/x/README", format!("{token}\n")),
            ("app/package.json", format!("{{\"name\":\"a\",\"version\":\"1\",\"t\":\"{token}\"}}")),
            ("var/lib/dpkg/status", "Package: a\nVersion: 1\n".to_owned()),
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let check = |is_project, expect: &[&str]| {
            let mut watch = Watch::new(secrets::builtin(), is_project);
            let facts = of_directory(dir.path(), is_project, &tempfile::tempfile, Some(&mut watch)).unwrap();
            assert!(facts.finds.iter().any(|find| find.cataloguer == "dpkg"));
            let found = watch.finish();
            let places: Vec<_> =
                found.iter().map(|one| format!("{}:{}:{}", one.path, one.rule, one.line)).collect();
            assert_eq!(places, expect);
            assert!(!format!("{found:?}").contains(&token));
        };
        check(false, &["app/config.py:github-pat:2", "app/package.json:github-pat:1"]);
        check(
            true,
            &[
                "app/config.py:github-pat:2",
                "app/package.json:github-pat:1",
                "usr/lib/python3/dist-packages/x.py:github-pat:1",
                "usr/share/doc/x/README:github-pat:1",
            ],
        );
    }
}
