//! What a project takes of Ruby gems: the `specs` of `Gemfile.lock`, or of `Gemfile.next.lock` where the next release is tried beside it. A platform behind a version is no part of it.

use facts::{Ecosystem, Package};

use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gem-lock",
    revision: 2,
    files: &[Pattern::Name("Gemfile.lock"), Pattern::Name("Gemfile.next.lock"), Pattern::Name("gems.locked")],
    reads: Reads::Declared,
    read,
};

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let Some(text) = file.text(found) else { return };
    let mut within = false;
    for line in text.lines() {
        if !line.starts_with(' ') {
            within = matches!(line.trim(), "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE");
            continue;
        }
        // Deeper are what a gem needs, with ranges.
        let spec = line.strip_prefix("    ").filter(|spec| within && !spec.starts_with(' '));
        let Some((name, version)) = spec.and_then(|spec| spec.trim_end().strip_suffix(')')?.split_once(" ("))
        else {
            continue;
        };
        found.push(Package::new(Ecosystem::Gem, name, without_platform(version)));
    }
}

fn without_platform(version: &str) -> &str {
    match version.split_once('-') {
        Some((version, platform)) if platform.starts_with(|first: char| first.is_ascii_alphabetic()) => {
            version
        }
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn gems_are_read_without_what_they_need() {
        let text = "GIT\n  remote: x\n  specs:\n    g (0.1)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    a (1.0)\n      b (>= 2)\n    b (2.1-x86_64-linux)\n\nDEPENDENCIES\n    a (1.0)\n";
        check(&CATALOGUER, "Gemfile.lock", text, &["g 0.1", "a 1.0", "b 2.1"]);
    }
}
