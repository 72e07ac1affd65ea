//! Providers of CI, one file each. The text at the head of a file is its page of the manual.

use crate::project::{File, Project};

kit::table! {
    Provider;
    github::PROVIDER,
    gitlab::PROVIDER,
}

/// A provider of CI. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Provider {
    /// Its name.
    pub name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) template: &'static str,
    pub(crate) source: &'static str,
}

impl Provider {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        let facts = format!("`cooper ci init {}` · writes `{}`", self.name, self.path);
        kit::with_facts(&kit::manual(self.source), &facts)
    }

    /// The pipeline of a project.
    pub fn file(&self, project: &Project) -> File {
        File { path: self.path, text: self.template.replace("@NAME@", &project.slug()) }
    }
}

/// All providers.
pub fn providers() -> &'static [&'static Provider] {
    ALL
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};
    use crate::Project;

    #[test]
    fn the_table_lists_every_file_and_providers_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pipelines");
        let files = std::fs::read_dir(dir).unwrap().map(|item| item.unwrap().path());
        let rust = files.filter(|path| path.extension().is_some_and(|end| end == "rs"));
        let mut stems: Vec<_> =
            rust.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        stems.retain(|stem| stem != "mod");
        stems.sort();
        assert_eq!(stems, MODULES);
        assert_eq!(ALL.iter().map(|provider| provider.name).collect::<Vec<_>>(), MODULES);
    }

    #[test]
    fn actions_are_pinned_and_the_secret_of_the_key_is_named_where_it_is_used_alone() {
        for provider in ALL {
            let text = provider.file(&Project { name: "My Shop".to_owned(), ..Project::default() }).text;
            assert!(text.contains("my-shop") && !text.contains("@NAME@"), "{text}");
            for line in
                text.lines().filter(|line| line.trim_start().trim_start_matches("- ").starts_with("uses:"))
            {
                let (_, pin) = line.split_once('@').unwrap();
                let (digest, version) = pin.split_once(" # v").unwrap();
                assert!(digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
                assert!(!version.is_empty());
            }
            assert!(!text.contains("pull_request_target"));
        }
    }
}
