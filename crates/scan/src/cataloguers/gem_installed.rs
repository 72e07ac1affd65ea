//! Ruby gems that are installed: `*.gemspec` below a directory `specifications`, as Rubygems writes them. A version that the file computes is that in
//! its name.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gem-installed",
    revision: 4,
    files: &[Pattern::End(".gemspec")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if !is_installed(file) {
        return;
    }
    let Some(text) = file.short_text(found) else { return };
    if let Some(package) = specification(&text, |name| by_file_name(file.name(), name)) {
        found.push(package);
    }
}

/// Whether Rubygems has written a specification, and not the author of the gem.
pub(super) fn is_installed(file: &FileToRead<'_>) -> bool {
    file.path.split('/').any(|part| part == "specifications")
}

/// The gem that a specification is about; `other` may know the version of the gem of a name where the text does not say it.
pub(super) fn specification(text: &str, other: impl Fn(&str) -> Option<String>) -> Option<Package> {
    let (mut name, mut version, mut licenses) = (None, None, Vec::new());
    for line in text.lines() {
        // `s.name = "rails".freeze`, whatever the variable is called.
        let Some((left, right)) = line.split_once('=') else { continue };
        let Some((_, field)) = left.trim().rsplit_once('.') else { continue };
        let right = with_usual_quotes(right);
        let mut texts = right.split(['"', '\'']).skip(1).step_by(2).map(str::to_owned);
        match field {
            "name" if name.is_none() => name = texts.next(),
            "version" if version.is_none() => version = texts.next(),
            "license" | "licenses" if licenses.is_empty() => licenses = texts.collect(),
            _ => {}
        }
    }
    let name = name?;
    let version = version.or_else(|| other(&name)).unwrap_or_default();
    let mut package = Package::new(Ecosystem::Gem, name, version);
    licenses.sort();
    package.licenses = licenses;
    Some(package)
}

/// Old files quote by `%q{…}`, with brackets of any kind.
fn with_usual_quotes(text: &str) -> String {
    let mut text = text.to_owned();
    for (open, close) in [('{', '}'), ('(', ')'), ('[', ']'), ('<', '>')] {
        for mark in ["%q", "%Q", "%"] {
            let begin = format!("{mark}{open}");
            while let Some((before, rest)) = text.split_once(&begin)
                && let Some((quoted, after)) = rest.split_once(close)
            {
                text = format!("{before}\"{quoted}\"{after}");
            }
        }
    }
    text
}

/// `1.0` of `name-1.0-java.gemspec`.
fn by_file_name(file: &str, name: &str) -> Option<String> {
    let rest = file.strip_suffix(".gemspec")?.strip_prefix(name)?.strip_prefix('-')?;
    let version = rest.split('-').next()?;
    version.starts_with(|first: char| first.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn old_quotes_are_read() {
        let text = "Gem::Specification.new do |s|\n  s.name = %q{old}\n  s.version = %q{0.9.1}\nend\n";
        check(&CATALOGUER, "specifications/default/old-0.9.1.gemspec", text, &["old 0.9.1"]);
    }

    #[test]
    fn specifications_are_read() {
        let text = "# -*- encoding: utf-8 -*-\nGem::Specification.new do |s|\n  s.name = \"rake\".freeze\n  s.version = \"13.0.6\"\n  s.required_ruby_version = Gem::Requirement.new(\">= 2.2\".freeze)\n  s.licenses = [\"MIT\".freeze]\nend\n";
        check(&CATALOGUER, "usr/share/rubygems/specifications/rake-13.0.6.gemspec", text, &["rake 13.0.6"]);
        check(&CATALOGUER, "app/x.gemspec", text, &[]);
        let text = "s.name = y\ns.version = Gem::Version.new('1')\n";
        check(&CATALOGUER, "specifications/x.gemspec", text, &[]);
        let text = "s.name = %q(y)\ns.version = Y::VERSION\ns.licenses = [%q<a>]\n";
        check(&CATALOGUER, "specifications/y-1.2-java.gemspec", text, &["y 1.2"]);
    }
}
