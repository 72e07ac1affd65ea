//! What an image starts: the program, and the script before it where there is one.

use image::Entry;

use crate::subject::Subject;

/// Where programs are looked up when the image has no `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Programs by which a script that runs as root becomes somebody else.
const DROPPERS: &[&str] = &["gosu", "su-exec", "setpriv", "runuser", "chpst"];

/// What starts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Start<'a> {
    /// The words of entry point and arguments.
    pub(crate) words: Vec<String>,
    /// Programs that it names, as files.
    pub(crate) programs: Vec<&'a Entry>,
    /// The text of the scripts among them.
    pub(crate) script: String,
    /// Whom the script becomes, or the program by which it does.
    pub(crate) drops_to: Option<String>,
}

/// Looks at what an image starts.
pub(crate) fn find<'a>(subject: &Subject<'a>) -> Start<'a> {
    let args = subject.args();
    let mut start = Start { words: words(&args), ..Start::default() };
    for word in &start.words {
        let Some(entry) = look_up(subject, word) else { continue };
        let text = subject.text(&String::from_utf8_lossy(&entry.path));
        if text.starts_with("#!") {
            start.script += &text;
        }
        start.programs.push(entry);
    }
    start.drops_to = dropped(&start.script);
    start
}

/// The words of arguments; those of a text for a shell are taken apart.
fn words(args: &[String]) -> Vec<String> {
    args.iter()
        .flat_map(|arg| arg.split([' ', ';', '&', '|', '\n', '(', ')']))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The file of a program.
fn look_up<'a>(subject: &Subject<'a>, word: &str) -> Option<&'a Entry> {
    if word.starts_with('-') {
        return None;
    }
    if word.contains('/') {
        let dir = &subject.config.config.working_dir;
        let path = if word.starts_with('/') { word.to_owned() } else { format!("{dir}/{word}") };
        return subject.file(&path);
    }
    let own = subject.config.config.env.iter().find_map(|pair| pair.strip_prefix("PATH="));
    own.unwrap_or(PATH)
        .split(':')
        .find_map(|dir| subject.file(&format!("{dir}/{word}")).filter(|entry| entry.mode & 0o111 != 0))
}

/// Whom a script becomes.
fn dropped(script: &str) -> Option<String> {
    for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let mut words = line.split_whitespace();
        let found = words.find(|word| DROPPERS.contains(&word.rsplit('/').next().unwrap_or_default()));
        if let Some(found) = found {
            let is_name =
                |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte));
            let whom = words.find(|word| !word.starts_with('-')).filter(|word| is_name(word));
            return Some(whom.unwrap_or(found).to_owned());
        }
    }
    None
}

impl Start<'_> {
    /// Whether what starts names a program.
    pub(crate) fn names(&self, program: &str) -> bool {
        let is_it = |word: &str| word.rsplit('/').next() == Some(program);
        let plain = |ch: char| !(ch.is_ascii_alphanumeric() || "-_./".contains(ch));
        self.words.iter().any(|word| is_it(word)) || self.script.split(plain).any(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_tell_whom_they_become() {
        let check =
            |script: &str, expect: Option<&str>| assert_eq!(dropped(script).as_deref(), expect, "{script}");
        check("#!/bin/sh\nexec gosu redis \"$@\"\n", Some("redis"));
        check("exec su-exec app:app /app\n", Some("app:app"));
        check("exec setpriv --reuid=1000 /app\n", Some("setpriv"));
        check("# gosu redis\nexec \"$@\"\n", None);
    }

    #[test]
    fn texts_for_a_shell_are_taken_apart() {
        let args = ["/bin/sh", "-c", "sudo nginx && tail -f x"].map(str::to_owned);
        assert_eq!(words(&args), ["/bin/sh", "-c", "sudo", "nginx", "tail", "-f", "x"]);
    }
}
