//! Which shell a text is written for.

/// The language of a shell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dialect {
    /// `sh` as dash and the ash of busybox read it.
    Posix,
    /// bash.
    Bash,
    /// ksh and its relatives. Not parsed.
    Ksh,
    /// zsh. Not parsed.
    Zsh,
    /// `powershell` and `pwsh`. Not parsed.
    PowerShell,
    /// The command line of Windows. Not parsed.
    Cmd,
    /// Anything else that can be given a text: python, perl, a program of one's own. Not parsed.
    Other,
}

impl Dialect {
    /// The language of the program `path`, which may have a directory before it and `.exe` behind.
    pub fn of_program(path: &str) -> Self {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "sh" | "dash" | "ash" | "busybox" => Self::Posix,
            "bash" | "rbash" => Self::Bash,
            "ksh" | "ksh93" | "mksh" | "lksh" | "pdksh" | "oksh" => Self::Ksh,
            "zsh" => Self::Zsh,
            "powershell" | "pwsh" => Self::PowerShell,
            "cmd" => Self::Cmd,
            _ => Self::Other,
        }
    }

    /// The language that a first line `#!…` names; `None` when the text does not begin so.
    pub fn of_shebang(text: &str) -> Option<Self> {
        let line = text.strip_prefix("#!")?.lines().next()?;
        let mut words = line.split_whitespace();
        let mut program = words.next()?;
        if program.rsplit('/').next() == Some("env") {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        Some(Self::of_program(program))
    }

    /// Its name in lower case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Posix => "sh",
            Self::Bash => "bash",
            Self::Ksh => "ksh",
            Self::Zsh => "zsh",
            Self::PowerShell => "powershell",
            Self::Cmd => "cmd",
            Self::Other => "other",
        }
    }

    /// Whether [`crate::parse`] understands it.
    pub const fn is_parsed(self) -> bool {
        matches!(self, Self::Posix | Self::Bash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_known_by_their_names() {
        let check = |path: &str, expect| assert_eq!(Dialect::of_program(path), expect, "{path}");
        check("/bin/sh", Dialect::Posix);
        check("busybox", Dialect::Posix);
        check("/usr/local/bin/bash", Dialect::Bash);
        check("C:\\Windows\\System32\\CMD.exe", Dialect::Cmd);
        check("pwsh", Dialect::PowerShell);
        check("/bin/zsh", Dialect::Zsh);
        check("mksh", Dialect::Ksh);
        check("python3", Dialect::Other);
        check("", Dialect::Other);
    }

    #[test]
    fn a_first_line_names_its_program() {
        let check = |text: &str, expect| assert_eq!(Dialect::of_shebang(text), expect, "{text}");
        check("#!/bin/bash -e\na", Some(Dialect::Bash));
        check("#! /bin/sh", Some(Dialect::Posix));
        check("#!/usr/bin/env -S A=b python3 -u\nprint()", Some(Dialect::Other));
        check("#!/usr/bin/env bash", Some(Dialect::Bash));
        check("#!\na", None);
        check("# /bin/sh", None);
    }
}
