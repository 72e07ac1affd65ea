//! Ruby gems that are installed: `*.gemspec` below a directory `specifications`, as Rubygems writes them.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gem-installed",
    revision: 2,
    files: &[Pattern::End(".gemspec")],
    reads: Reads::Installed,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    if !file.path.split('/').any(|part| part == "specifications") {
        return;
    }
    let Some(text) = file.text(found) else { return };
    let (mut name, mut version, mut licenses) = (None, None, Vec::new());
    for line in text.lines() {
        // `s.name = "rails".freeze`, whatever the variable is called.
        let Some((left, right)) = line.split_once('=') else { continue };
        let Some((_, field)) = left.trim().rsplit_once('.') else { continue };
        // Old ones quote by `%q{…}`.
        let right = right.replace("%q{", "\"").replace('}', "\"");
        let mut texts = right.split(['"', '\'']).skip(1).step_by(2).map(str::to_owned);
        match field {
            "name" if name.is_none() => name = texts.next(),
            "version" if version.is_none() => version = texts.next(),
            "license" | "licenses" if licenses.is_empty() => licenses = texts.collect(),
            _ => {}
        }
    }
    let (Some(name), Some(version)) = (name, version) else { return };
    let mut package = Package::new(Ecosystem::Gem, name, version);
    licenses.sort();
    package.licenses = licenses;
    found.push(package);
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
        check(
            &CATALOGUER,
            "specifications/x.gemspec",
            "s.name = y\ns.version = Gem::Version.new('1')\n",
            &[],
        );
    }
}
