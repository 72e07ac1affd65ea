//! Output formats of tests of images, one file each.

use std::io;

use facts::Tested;

kit::table! {
    TrialFormat;
    json::FORMAT,
    junit::FORMAT,
    text::FORMAT,
}

/// Tests of an image that were run.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// The image, as it was asked for.
    pub image: &'a str,
    /// Each file of tests with its results.
    pub files: &'a [(String, Vec<Tested>)],
}

impl<'a> Trial<'a> {
    pub(crate) fn all(&self) -> impl Iterator<Item = &'a Tested> {
        self.files.iter().flat_map(|(_, results)| results)
    }

    /// How many tests pass, and how many there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.all().filter(|one| one.passes()).count(), self.all().count())
    }
}

/// An output format of tests of images.
#[derive(Debug)]
pub struct TrialFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// Its media type (RFC 6838).
    pub media_type: &'static str,
    /// Writes the results.
    pub render: fn(&Trial<'_>, &mut dyn io::Write) -> io::Result<()>,
}

/// The format of a name.
pub fn trial_format(name: &str) -> Option<&'static TrialFormat> {
    trial_formats().iter().copied().find(|format| format.name == name)
}

/// All formats, by name.
pub fn trial_formats() -> &'static [&'static TrialFormat] {
    ALL
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn formats_are_called_as_their_files() {
        assert_eq!(ALL.iter().map(|format| format.name).collect::<Vec<_>>(), MODULES);
    }

    fn rendered(name: &str) -> String {
        let one = |name: &str, errors: &[&str]| Tested {
            name: name.to_owned(),
            line: 3,
            stdout: "a<b\n".to_owned(),
            stderr: String::new(),
            errors: errors.iter().map(|error| (*error).to_owned()).collect(),
            duration: Duration::from_millis(1500),
        };
        let files = [("t.yaml".to_owned(), vec![one("Command Test: x", &[]), one("Metadata Test", &["no"])])];
        let mut out = Vec::new();
        (trial_format(name).unwrap().render)(&Trial { image: "app", files: &files }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_has_the_shape_of_container_structure_test() {
        assert_eq!(
            rendered("json"),
            concat!(
                r#"{"Pass":1,"Fail":1,"Total":2,"Duration":3000000000,"Results":["#,
                r#"{"Name":"Command Test: x","Pass":true,"Stdout":"a<b\n","Duration":1500000000},"#,
                r#"{"Name":"Metadata Test","Pass":false,"Stdout":"a<b\n","Errors":["no"],"Duration":1500000000}]}"#,
                "\n"
            )
        );
    }

    #[test]
    fn people_and_build_servers_see_what_fails_and_where() {
        let text = rendered("text");
        assert!(text.contains("FAIL  Metadata Test (t.yaml:3)\n      no\n"), "{text}");
        assert!(text.ends_with("1 of 2 tests pass\n"), "{text}");
        let xml = rendered("junit");
        assert!(xml.contains(r#"<testsuite name="t.yaml" tests="2" failures="1" time="3.000">"#), "{xml}");
        assert!(
            xml.contains("<failure message=\"no\"/>") && xml.contains("<system-out>a&lt;b&#10;</system-out>"),
            "{xml}"
        );
    }
}
