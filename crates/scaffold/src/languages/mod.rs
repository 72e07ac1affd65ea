//! The languages, one file each. The text at the head of a file is its page of the manual.

use crate::project::{File, Project};

kit::table! {
    Language;
    go::LANGUAGE,
    java::LANGUAGE,
    node::LANGUAGE,
    python::LANGUAGE,
    rust::LANGUAGE,
}

/// A language. Its file begins with its page of the manual.
#[derive(Debug)]
pub struct Language {
    /// Its name.
    pub name: &'static str,
    /// Files of a project whose texts tell something.
    pub reads: &'static [&'static str],
    /// Registries that its images come from.
    pub(crate) registries: &'static [&'static str],
    /// What is kept out of the build besides what always is.
    pub(crate) ignore: &'static [&'static str],
    pub(crate) dockerfile: fn(&Project) -> String,
    pub(crate) source: &'static str,
}

impl Language {
    /// Its page of the manual, in Markdown.
    pub fn page(&self) -> String {
        kit::with_facts(&kit::manual(self.source), &format!("`cooper init {}`", self.name))
    }

    /// What a project of this language begins with.
    pub fn files(&self, project: &Project) -> Vec<File> {
        vec![
            File { path: "Dockerfile", text: (self.dockerfile)(project) },
            File { path: ".dockerignore", text: self.ignored() },
            File { path: "cooper.toml", text: self.settings() },
        ]
    }

    fn ignored(&self) -> String {
        let mut text = "# What no image needs, and what must not get into one.\n".to_owned();
        for line in ALWAYS.iter().chain(self.ignore) {
            text += line;
            text.push('\n');
        }
        text
    }

    fn settings(&self) -> String {
        let registries: Vec<_> = self.registries.iter().map(|host| format!("\"{host}\"")).collect();
        format!(
            "# How cooper treats this project. Every key is optional; `cooper lint`, `build` and `gate` read it.\n\n\
             [lint]\n\
             # The least severity that fails.\n\
             fail-on = \"warning\"\n\
             # Where base images may come from.\n\
             trusted-registries = [{}]\n\n\
             # What an image has to be before it goes out: `cooper gate IMAGE`, `cooper build --gate`.\n\
             [gate]\n\
             # For when `cooper db update` has brought advisories; without them it stops every image.\n\
             # fixable = \"high\"\n\
             secrets = true\n\
             user = \"non-root\"\n",
            registries.join(", ")
        )
    }
}

/// What is kept out of every build.
const ALWAYS: &[&str] = &[
    ".git",
    ".github",
    ".gitlab-ci.yml",
    ".gitignore",
    ".dockerignore",
    "Dockerfile*",
    "compose*.yaml",
    "docker-compose*.yml",
    "cooper.toml",
    "*.md",
    "**/.env",
    "**/.env.*",
    "**/*.pem",
    "**/*.key",
    "**/*.p12",
    "**/*.jks",
    "**/id_rsa*",
    "**/.aws",
    "**/.ssh",
    "**/.npmrc",
    "**/.netrc",
    "**/.DS_Store",
    ".idea",
    ".vscode",
];

/// All languages.
pub fn languages() -> &'static [&'static Language] {
    ALL
}

/// A template with its words in place: `{{word}}`.
pub(crate) fn fill(template: &str, words: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (word, value) in words {
        text = text.replace(&format!("{{{{{word}}}}}"), value);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ALL, MODULES};
    use crate::Project;

    #[test]
    fn the_table_lists_every_file_and_languages_are_called_as_their_files() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/languages");
        let stem = |item: std::fs::DirEntry| item.path().file_stem().unwrap().to_string_lossy().into_owned();
        let mut files: Vec<_> = std::fs::read_dir(dir).unwrap().map(|item| stem(item.unwrap())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(files, MODULES);
        assert_eq!(ALL.iter().map(|language| language.name).collect::<Vec<_>>(), MODULES);
    }

    fn dockerfile(language: &str, name: &str, files: &[(&str, &str)]) -> String {
        let files = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let project = Project { name: name.to_owned(), files };
        let language = ALL.iter().find(|one| one.name == language).unwrap();
        language.files(&project)[0].text.clone()
    }

    #[test]
    fn what_the_project_says_decides() {
        let check = |language: &str, files: &[(&str, &str)], expect: &[&str]| {
            let text = dockerfile(language, "shop", files);
            for part in expect {
                assert!(text.contains(part), "{part}\n{text}");
            }
            assert!(!text.contains("{{"), "{text}");
        };
        check("go", &[], &["golang:1-bookworm", "-o /out/app ."]);
        let module = "module example.com/x/shop\n\ngo 1.24.1\n";
        check("go", &[("go.mod", module), ("cmd", "")], &["golang:1.24-", "./cmd/shop", "COPY go.mod ./"]);
        check(
            "go",
            &[("go.mod", module), ("go.sum", ""), ("main.go", "")],
            &["COPY go.mod go.sum ./", "app ."],
        );
        check("node", &[("package-lock.json", "")], &["npm ci --omit=dev", "node:22-"]);
        let package = r#"{"main":"dist/server.js","scripts":{"build":"tsc"},"engines":{"node":">=20"}}"#;
        check(
            "node",
            &[("package.json", package), ("pnpm-lock.yaml", "")],
            &["node:22-", "pnpm run build", "\"dist/server.js\""],
        );
        let package = r#"{"scripts":{"start":"node stats.js config.js"},"engines":{"node":">=8"}}"#;
        check(
            "node",
            &[("package.json", package)],
            &[
                "node:22-",
                "COPY package.json ./\n",
                "npm install --omit=dev",
                "CMD [\"node\", \"stats.js\", \"config.js\"]",
            ],
        );
        check(
            "node",
            &[("yarn.lock", ""), (".nvmrc", "v24.1")],
            &["node:24-", "yarn install --frozen-lockfile"],
        );
        check(
            "python",
            &[("requirements.txt", ""), ("app.py", "")],
            &["--requirement requirements.txt", "\"app.py\""],
        );
        check("python", &[("uv.lock", ""), (".python-version", "3.12.4")], &["python:3.12-", "uv sync"]);
        check("python", &[("poetry.lock", "")], &["poetry install"]);
        let project = "[project]\nname = \"some-app\"\nrequires-python = \">=3.10\"\n";
        check("python", &[("pyproject.toml", project)], &["python:3.13-", "\"-m\", \"some_app\""]);
        let scripts = format!("{project}[project.scripts]\nserve = \"some_app:main\"\n");
        check("python", &[("pyproject.toml", &scripts)], &["pip install .", "CMD [\"serve\"]"]);
        check("python", &[("pyproject.toml", &scripts), ("uv.lock", "")], &["\"-m\", \"some_app\""]);
        check("java", &[("pom.xml", "<java.version>17</java.version>")], &["temurin-17", "mvn"]);
        check("java", &[("build.gradle.kts", "")], &["gradle:", "gradle --no-daemon"]);
        check(
            "rust",
            &[("Cargo.toml", "[package]\nname = \"till\"\nrust-version = \"1.80\"\n"), ("Cargo.lock", "")],
            &["rust:1.80-", "release/till", "--locked"],
        );
    }

    #[test]
    fn words_that_are_no_names_are_not_taken() {
        let bad = r#"{"main":"x\"]\nRUN evil","scripts":{"build":"x"}}"#;
        assert!(!dockerfile("node", "a", &[("package.json", bad)]).contains("evil"));
        let bad = r#"{"scripts":{"start":"node a.js\"]\nRUN evil"}}"#;
        assert!(!dockerfile("node", "a", &[("package.json", bad)]).contains("evil"));
        let bad = "[project]\nname = \"x\\\"]\\nRUN evil\"\n[project.scripts]\n'x\"] evil' = \"a:b\"\n";
        assert!(!dockerfile("python", "a", &[("pyproject.toml", bad)]).contains("evil"));
        assert!(
            !dockerfile("rust", "a", &[("Cargo.toml", "[package]\nname = \"x; evil\"\n")]).contains("evil")
        );
        assert!(!dockerfile("go", "a", &[("go.mod", "module a/b;evil\n"), ("cmd", "")]).contains("evil"));
    }
}
