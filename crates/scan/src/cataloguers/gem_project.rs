//! What a project publishes as a Ruby gem: its own `*.gemspec`, where that says its name as a text. It is a program and not run: a version
//! that it computes is not known.

use crate::cataloguers::gem_installed;
use crate::{Cataloguer, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer = Cataloguer {
    name: "gem-project",
    revision: 2,
    files: &[Pattern::End(".gemspec")],
    reads: Reads::Declared,
    read: |file, found| {
        if gem_installed::is_installed(file) {
            return;
        }
        let Some(text) = file.short_text(found) else { return };
        if let Some(package) = gem_installed::specification(&text, |_| None) {
            found.push(package);
        }
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cataloguers::tests::check;

    #[test]
    fn what_is_said_by_texts_is_read() {
        let text = "Gem::Specification.new do |spec|\n  spec.name = 'mine'\n  spec.version = '0.3.0'\nend\n";
        check(&CATALOGUER, "mine.gemspec", text, &["mine 0.3.0"]);
        check(&CATALOGUER, "vendor/specifications/mine.gemspec", text, &[]);
        check(&CATALOGUER, "mine.gemspec", "s.name = 'mine'\ns.version = Mine::VERSION\n", &["mine "]);
        check(&CATALOGUER, "mine.gemspec", "s.name = NAME\n", &[]);
    }
}
