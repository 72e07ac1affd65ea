//! The cataloguers, one file each. The text at the head of a file is its page of the manual.

use crate::Cataloguer;

kit::table! {
    Cataloguer;
    apk::CATALOGUER,
    bun_lock::CATALOGUER,
    cargo_lock::CATALOGUER,
    conda::CATALOGUER,
    conda_environment::CATALOGUER,
    deb_archive::CATALOGUER,
    deb_copyright::CATALOGUER,
    deno_lock::CATALOGUER,
    distro_release::CATALOGUER,
    dpkg::CATALOGUER,
    gem_installed::CATALOGUER,
    gem_lock::CATALOGUER,
    gem_project::CATALOGUER,
    go_binary::CATALOGUER,
    go_mod::CATALOGUER,
    gradle_lock::CATALOGUER,
    java::CATALOGUER,
    maven_pom::CATALOGUER,
    npm_lock::CATALOGUER,
    npm_package::CATALOGUER,
    os_release::CATALOGUER,
    pnpm_lock::CATALOGUER,
    python_installed::CATALOGUER,
    python_lock::CATALOGUER,
    python_requirements::CATALOGUER,
    rpm::CATALOGUER,
    rpm_archive::CATALOGUER,
    rust_binary::CATALOGUER,
    sbt_lock::CATALOGUER,
    yarn_lock::CATALOGUER,
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;

    pub(crate) use super::go_binary::tests::elf;
    use super::{ALL, MODULES};
    use crate::{Cataloguer, Content, FileToRead, Found};

    #[test]
    fn the_table_lists_every_file() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cataloguers");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        let mut names: Vec<_> = ALL.iter().map(|one| one.name).collect();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }

    /// What a cataloguer finds in a file.
    pub(crate) fn found(cataloguer: &Cataloguer, path: &str, content: impl Into<Vec<u8>>) -> Found {
        let content = Content::of(content.into());
        let mut found = Found::default();
        (cataloguer.read)(
            &FileToRead { path, content: &content, dir: None, scratch: &tempfile::tempfile },
            &mut found,
        );
        found
    }

    /// Whether a cataloguer finds these packages, each as `name version`, in a file.
    pub(crate) fn check(cataloguer: &Cataloguer, path: &str, content: impl Into<Vec<u8>>, expect: &[&str]) {
        let found = found(cataloguer, path, content);
        let names = found.packages.iter().map(|one| format!("{} {}", one.name, one.version));
        assert_eq!(names.collect::<Vec<_>>(), expect, "{path}");
    }
}
