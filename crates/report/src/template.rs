//! A scan in whatever form a template of the user's gives it.

use std::fmt;

use minijinja::{Environment, UndefinedBehavior};

use crate::Scan;
use crate::inventory::scan_document;

/// Steps of a template; one that loops for ever ends there.
const FUEL: u64 = 20_000_000;

/// Why a template gives nothing: what is wrong, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

/// Fills in a template (Jinja 2) with the fields of the JSON format.
///
/// What a file is called by decides what is escaped: values within `.html` and `.xml` are, `.json` writes them as JSON.
///
/// # Errors
/// When the template cannot be read, or asks for what is not there.
pub fn template(scan: &Scan<'_>, name: &str, text: &str) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    environment.set_fuel(Some(FUEL));
    let filled = environment.render_named_str(name, text, scan_document(scan));
    filled.map_err(|error| TemplateError(format!("{error:#}")))
}

#[cfg(test)]
mod tests {
    use facts::{Inventory, Subject};

    use super::*;
    use crate::Sbom;

    #[test]
    fn templates_are_filled_in_with_the_fields_of_the_json() {
        let subject = Subject { name: "<app>".into(), ..Subject::default() };
        let inventory = Inventory::default();
        let sbom = Sbom { subject: &subject, inventory: &inventory, time: 0 };
        let notes = ["old".to_owned(), "small".to_owned()];
        let scan =
            Scan { sbom, vulnerabilities: &[], secrets: None, excused: &[], notes: &notes, page: None };
        let fill = |name, text| template(&scan, name, text);
        let lists = "{{ name }}: {% for one in notes %}{{ one }};{% endfor %}";
        assert_eq!(fill("a.txt", lists).unwrap(), "<app>: old;small;");
        assert_eq!(fill("a.html", "{{ name }}").unwrap(), "&lt;app&gt;");
        assert_eq!(fill("a.json", "{{ notes }}").unwrap(), "[\"old\",\"small\"]");
        let wrong = fill("a.txt", "a\n{% for %}").unwrap_err().to_string();
        assert!(wrong.contains("a.txt:2"), "{wrong}");
        assert!(fill("a.txt", "{{ nothing.there }}").is_err());
        assert!(
            fill("a.txt", "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")
                .is_err()
        );
    }
}
