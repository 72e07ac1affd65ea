//! The checks, one file each. The text at the head of a file is its page of the manual, and its examples are tests.

use crate::Check;

kit::table! {
    Check;
    add_instead_of_copy::CHECK,
    credential_file::CHECK,
    dist_upgrade::CHECK,
    duplicate_id::CHECK,
    empty_password::CHECK,
    latest_tag::CHECK,
    no_healthcheck::CHECK,
    no_labels::CHECK,
    package_cache::CHECK,
    root_user::CHECK,
    secret_in_environment::CHECK,
    sensitive_volume::CHECK,
    setuid_file::CHECK,
    ssh_port::CHECK,
    sudo_used::CHECK,
    unneeded_file::CHECK,
    unsigned_image::CHECK,
    unverified_package::CHECK,
    update_alone::CHECK,
    world_writable::CHECK,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use image::ImageConfig;

    use super::{ALL, MODULES};
    use crate::survey::{Entry, Kind, Survey};
    use crate::{Check, Image, Sink};

    /// The examples of a page, each with whether it is a bad one.
    fn examples(page: &str) -> Vec<(bool, String)> {
        let (mut all, mut lines) = (Vec::new(), page.lines());
        while let Some(line) = lines.next() {
            let Some(kind) = line.strip_prefix("```image,") else { continue };
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            assert!(["bad", "good"].contains(&kind), "{kind}");
            all.push((kind == "bad", text.join("\n")));
        }
        all
    }

    /// How many findings a check has in an image of an example: `config: JSON`, `name: NAME`, `signed: yes`, `history: STEP`,
    /// `layer` begins the next layer, `file PATH MODE SIZE`, `text PATH CONTENT`, `gone PATH`.
    fn findings(check: &'static Check, text: &str) -> usize {
        let mut config: ImageConfig = serde_json::from_str(
            r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#,
        )
        .unwrap();
        let (mut layers, mut name, mut signed) = (vec![Survey::default()], None, None);
        let entry = |path: &str, kind, mode: &str, size: &str| Entry {
            path: path.to_owned(),
            kind,
            mode: u32::from_str_radix(mode, 8).unwrap(),
            uid: 0,
            size: size.parse().unwrap(),
        };
        for line in text.lines().map(str::trim) {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            let words: Vec<&str> = rest.split(' ').collect();
            let last = layers.last_mut().unwrap();
            match word {
                "config:" => config.config = serde_json::from_str(rest).unwrap(),
                "name:" => name = Some(rest),
                "signed:" => signed = Some(rest == "yes"),
                "history:" => config
                    .history
                    .push(serde_json::from_value(serde_json::json!({ "created_by": rest })).unwrap()),
                "layer" => layers.push(Survey::default()),
                "file" => last.entries.push(entry(words[0], Kind::File, words[1], words[2])),
                "gone" => last.entries.push(entry(rest, Kind::Gone, "0", "0")),
                "text" => {
                    let (path, content) = rest.split_once(' ').unwrap();
                    last.entries.push(entry(path, Kind::File, "644", "1"));
                    last.texts.insert(path.to_owned(), content.replace("\\n", "\n"));
                }
                other => panic!("{other}"),
            }
        }
        let mut image = Image::new(&config, &layers);
        (image.name, image.signed) = (name, signed);
        let mut sink = Sink::default();
        sink.begin(check);
        (check.run)(&image, &mut sink);
        sink.finish().len()
    }

    #[test]
    fn the_examples_of_the_pages_are_true() {
        for check in ALL {
            let examples = examples(&check.page());
            assert!(
                examples.iter().any(|(bad, _)| *bad) && examples.iter().any(|(bad, _)| !bad),
                "{}",
                check.name
            );
            for (bad, text) in examples {
                assert_eq!(findings(check, &text) > 0, bad, "{}:\n{text}", check.name);
            }
        }
    }

    #[test]
    fn the_table_lists_every_file_and_names_are_their_own() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        assert_eq!(ALL.iter().map(|check| check.name.replace('-', "_")).collect::<Vec<_>>(), MODULES);
        let codes: BTreeSet<_> = ALL.iter().map(|check| check.code).collect();
        assert_eq!(codes.len(), ALL.len());
    }
}
