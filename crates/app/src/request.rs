//! Values of command-line options that have a small language of their own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use image::{Descriptor, Reference};
use syntax::Remote;

/// Splits `a=b,c=d` as a CSV line, in which a field may stand in double quotes.
pub(crate) fn key_values(text: &str) -> Result<Vec<(String, String)>, String> {
    csv(text)?
        .into_iter()
        .map(|field| match field.split_once('=') {
            Some((key, value)) => Ok((key.trim().to_ascii_lowercase(), value.to_owned())),
            None => Ok((field.trim().to_ascii_lowercase(), String::new())),
        })
        .collect()
}

fn csv(text: &str) -> Result<Vec<String>, String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        match (letter, quoted) {
            ('"', _) => quoted = !quoted,
            (',', false) => fields.push(String::new()),
            (letter, _) => fields.last_mut().into_iter().for_each(|field| field.push(letter)),
        }
    }
    if quoted { Err(format!("`{text}` has an unfinished quote")) } else { Ok(fields) }
}

/// `--secret id=NAME[,src=FILE|,env=VARIABLE]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSpec {
    /// Its name.
    pub id: String,
    /// File that holds it.
    pub file: Option<String>,
    /// Variable that holds it.
    pub env: Option<String>,
}

impl SecretSpec {
    /// Reads the option's value. Without `src` and `env`, a variable of the name of `id` is meant.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut spec = Self { id: String::new(), file: None, env: None };
        let mut kind = String::new();
        for (key, value) in key_values(text)? {
            match key.as_str() {
                "id" => spec.id = value,
                "src" | "source" => spec.file = Some(value),
                "env" => spec.env = Some(value),
                "type" if value == "file" || value == "env" => kind = value,
                _ => return Err(format!("`--secret` does not know `{key}={value}`; use `id`, `src`, `env`")),
            }
        }
        if spec.id.is_empty() {
            return Err(format!("`--secret {text}` has no `id`"));
        }
        if kind == "env" && spec.env.is_none() {
            spec.env = spec.file.take();
        }
        if spec.env.is_none() && spec.file.is_none() {
            spec.env = Some(spec.id.clone());
        }
        Ok(spec)
    }
}

/// `--ssh default|ID[=SOCKET]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSpec {
    /// Its name.
    pub id: String,
    /// Socket of the agent; `None` is the one of the environment.
    pub socket: Option<String>,
}

impl SshSpec {
    /// Reads the option's value.
    pub fn parse(text: &str) -> Self {
        let (id, socket) = text.split_once('=').map_or((text, None), |(id, socket)| (id, Some(socket)));
        Self { id: id.to_owned(), socket: socket.map(str::to_owned) }
    }
}

/// `--build-context NAME=VALUE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextSpec {
    /// A directory.
    Directory(PathBuf),
    /// `docker-image://REFERENCE`.
    Image(Reference),
    /// `oci-layout://PATH[:TAG][@DIGEST]`.
    Layout {
        /// The layout's directory.
        path: PathBuf,
        /// Name of the image within.
        tag: Option<String>,
        /// Digest of the image within.
        digest: Option<image::Digest>,
    },
    /// An image that another target made, in the store.
    Built(Descriptor),
    /// Nothing at all: `docker-image://scratch`.
    Scratch,
    /// A git repository, or a file of a web server.
    Remote(Remote),
}

impl ContextSpec {
    /// Reads the option's value.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("docker-image://") {
            if rest == "scratch" {
                return Ok(Self::Scratch);
            }
            return rest.parse().map(Self::Image).map_err(|error: image::ReferenceError| error.to_string());
        }
        if let Some(rest) = text.strip_prefix("oci-layout://") {
            return Self::layout(rest);
        }
        match Remote::of_context(text) {
            Some(remote) => {
                remote.map(Self::Remote).map_err(|why| format!("`{text}` cannot be a context: {why}"))
            }
            None => Ok(Self::Directory(PathBuf::from(text))),
        }
    }

    fn layout(text: &str) -> Result<Self, String> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                (rest, Some(digest.parse().map_err(|e: kit::DigestError| e.to_string())?))
            }
            None => (text, None),
        };
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag.to_owned())),
            _ => (rest, None),
        };
        Ok(Self::Layout { path: PathBuf::from(path), tag, digest })
    }
}

/// `NAME=VALUE` pairs; a bare `NAME` takes its value from the environment, or is left out.
pub fn pairs(texts: &[String], env: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let pair = |text: &String| match text.split_once('=') {
        Some((name, value)) => Some((name.to_owned(), value.to_owned())),
        None => env.get(text).map(|value| (text.clone(), value.clone())),
    };
    texts.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_name_a_file_or_a_variable() {
        let check = |text, file: Option<&str>, env: Option<&str>| {
            let spec = SecretSpec::parse(text).unwrap();
            assert_eq!(
                (spec.id.as_str(), spec.file.as_deref(), spec.env.as_deref()),
                ("a", file, env),
                "{text}"
            );
        };
        check("id=a,src=f", Some("f"), None);
        check("id=a,env=E", None, Some("E"));
        check("id=a", None, Some("a"));
        check("type=env,id=a,src=E", None, Some("E"));
        check("\"id=a\",\"src=x,y\"", Some("x,y"), None);
        assert!(SecretSpec::parse("src=f").is_err());
        assert!(SecretSpec::parse("id=a,what=1").is_err());
    }

    #[test]
    fn contexts_are_told_apart_by_scheme() {
        let layout = ContextSpec::parse("oci-layout:///a/b:tag").unwrap();
        assert_eq!(
            layout,
            ContextSpec::Layout { path: "/a/b".into(), tag: Some("tag".into()), digest: None }
        );
        assert!(matches!(ContextSpec::parse("docker-image://debian").unwrap(), ContextSpec::Image(_)));
        assert_eq!(ContextSpec::parse("../x").unwrap(), ContextSpec::Directory("../x".into()));
        assert_eq!(ContextSpec::parse("docker-image://scratch").unwrap(), ContextSpec::Scratch);
        for text in ["https://example.com/x.git#main", "git@example.com:x.git", "https://example.com/x.tar"] {
            assert!(matches!(ContextSpec::parse(text).unwrap(), ContextSpec::Remote(_)), "{text}");
        }
        assert!(ContextSpec::parse("https://example.com/x.git?what=1").is_err());
    }
}
