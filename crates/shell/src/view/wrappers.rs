//! Programs that run the command they are given as arguments.

/// How such a program reads its own arguments.
pub(super) struct Wrapper {
    pub(super) name: &'static str,
    /// Its options whose value is the next argument.
    pub(super) valued: &'static [&'static str],
    /// Options with which it runs nothing.
    pub(super) silent: &'static [&'static str],
    /// How many arguments are its own besides options.
    pub(super) operands: usize,
    /// Whether `NAME=value` before the command is an assignment.
    pub(super) assigns: bool,
}

const fn plain(name: &'static str, valued: &'static [&'static str]) -> Wrapper {
    Wrapper { name, valued, silent: &[], operands: 0, assigns: false }
}

const fn taking(name: &'static str, valued: &'static [&'static str], operands: usize) -> Wrapper {
    Wrapper { operands, ..plain(name, valued) }
}

/// Sorted by name.
const WRAPPERS: &[Wrapper] = &[
    plain("builtin", &[]),
    plain("busybox", &[]),
    taking("chroot", &[], 1),
    Wrapper { silent: &["-v", "-V"], ..plain("command", &[]) },
    plain("doas", &["-C", "-u"]),
    plain("dumb-init", &["-r", "--rewrite"]),
    plain("eatmydata", &[]),
    Wrapper {
        assigns: true,
        silent: &["-S", "--split-string"],
        ..plain("env", &["-u", "--unset", "-C", "--chdir"])
    },
    plain("exec", &["-a"]),
    plain("fakeroot", &["-l", "--lib", "-i", "-s", "-b"]),
    taking("gosu", &[], 1),
    plain("ionice", &["-c", "--class", "-n", "--classdata"]),
    plain("linux32", &[]),
    plain("linux64", &[]),
    plain("nice", &["-n", "--adjustment"]),
    plain("nohup", &[]),
    plain("setsid", &[]),
    plain("stdbuf", &["-i", "-o", "-e", "--input", "--output", "--error"]),
    taking("su-exec", &[], 1),
    Wrapper {
        assigns: true,
        silent: &["-l", "--list", "-v", "--validate", "-e", "--edit", "-K", "--remove-timestamp"],
        ..plain("sudo", &SUDO)
    },
    plain("time", &["-f", "--format", "-o", "--output"]),
    taking("timeout", &["-s", "--signal", "-k", "--kill-after"], 1),
    plain("tini", &["-p", "-e"]),
    plain("xargs", &XARGS),
    plain(
        "xvfb-run",
        &["-e", "--error-file", "-f", "--auth-file", "-n", "--server-num", "-p", "-s", "--server-args", "-w"],
    ),
];

const SUDO: [&str; 17] = [
    "-u",
    "--user",
    "-g",
    "--group",
    "-h",
    "--host",
    "-p",
    "--prompt",
    "-C",
    "--close-from",
    "-D",
    "--chdir",
    "-R",
    "--chroot",
    "-r",
    "-t",
    "-T",
];

const XARGS: [&str; 14] = [
    "-a",
    "--arg-file",
    "-d",
    "--delimiter",
    "-E",
    "-I",
    "-L",
    "--max-lines",
    "-n",
    "--max-args",
    "-P",
    "--max-procs",
    "-s",
    "--max-chars",
];

/// The wrapper of a name.
pub(super) fn wrapper(name: &str) -> Option<&'static Wrapper> {
    WRAPPERS.binary_search_by(|wrapper| wrapper.name.cmp(name)).ok().map(|at| &WRAPPERS[at])
}

impl Wrapper {
    /// How many arguments are its own: `args` are those behind its name. `None` when it runs nothing.
    pub(super) fn own<'t>(&self, args: impl Iterator<Item = &'t str>) -> Option<usize> {
        let (mut count, mut operands, mut value) = (0, self.operands, false);
        for arg in args {
            if std::mem::take(&mut value) {
                count += 1;
                continue;
            }
            if self.silent.contains(&arg) {
                return None;
            }
            let option = arg.len() > 1 && arg.starts_with('-');
            if arg == "--" {
                return Some(count + 1 + operands);
            } else if option {
                value = self.takes_value(arg);
            } else if self.assigns && is_assignment(arg) {
            } else if operands > 0 {
                operands -= 1;
            } else {
                return Some(count);
            }
            count += 1;
        }
        Some(count)
    }

    /// Whether the value of an option is the next argument. Of short options in a cluster, the first with a value
    /// takes the rest of it.
    fn takes_value(&self, option: &str) -> bool {
        if option.starts_with("--") {
            return self.valued.contains(&option);
        }
        let letters = option[1..].char_indices();
        let mut valued = letters.filter(|(_, letter)| {
            self.valued.iter().any(|known| known.len() == 2 && known.ends_with(*letter))
        });
        valued.next().is_some_and(|(at, letter)| at + 1 + letter.len_utf8() == option.len())
    }
}

/// Whether a word has the form of an assignment.
pub(super) fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    !name.is_empty()
        && !name.starts_with(|ch: char| ch.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_sorted() {
        assert!(WRAPPERS.windows(2).all(|pair| pair[0].name < pair[1].name));
    }

    #[test]
    fn own_arguments_are_counted() {
        let check = |line: &str, expect: Option<usize>| {
            let mut words = line.split(' ');
            let found = wrapper(words.next().unwrap()).expect(line);
            assert_eq!(found.own(words), expect, "{line}");
        };
        check("sudo -E -u app make", Some(3));
        check("sudo -Eu app make", Some(2));
        check("sudo -uapp A=b make", Some(2));
        check("sudo -l", None);
        check("env -i A=b C= make x=y", Some(3));
        check("timeout -s KILL 10 make", Some(3));
        check("timeout --signal=KILL 10 make", Some(2));
        check("gosu app:app make", Some(1));
        check("xargs -0 -n 1 rm -f", Some(3));
        check("nice -n10 make", Some(1));
        check("command -v make", None);
        check("tini -g -- make", Some(2));
        check("nohup", Some(0));
    }
}
