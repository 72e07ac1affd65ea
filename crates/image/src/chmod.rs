//! `--chmod`: octal modes and the symbolic ones of chmod(1), with a umask of 022 where no `ugoa` is named.

/// A parsed mode change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chmod {
    /// All twelve bits.
    Octal(u32),
    /// Clauses in order.
    Symbolic(Vec<Clause>),
}

/// One `who op permissions`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Which of user, group, others; as a mask of `rwx` triples and set-id bits.
    who: u32,
    /// Whether no `ugoa` was written.
    implied: bool,
    op: u8,
    permissions: Permissions,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Permissions {
    /// Letters of `rwxXst`.
    Letters(Vec<u8>),
    /// Copied from one of `ugo`.
    CopyOf(u8),
}

const UMASK: u32 = 0o022;

impl Chmod {
    /// Reads `0755` or `u=rwX,go=rX`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!("`{text}` is not a mode: use octal digits as in `0755`, or symbols as in `u=rwX,go=rX`")
        };
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            let value = u32::from_str_radix(text, 8).map_err(|_| bad())?;
            return if value > 0o7777 { Err(bad()) } else { Ok(Self::Octal(value)) };
        }
        let mut clauses = Vec::new();
        for part in text.split(',') {
            parse_clauses(part.as_bytes(), &mut clauses).ok_or_else(bad)?;
        }
        Ok(Self::Symbolic(clauses))
    }

    /// The new permission bits of a file.
    pub fn apply(&self, mode: u32, is_dir: bool) -> u32 {
        match self {
            Self::Octal(value) => *value,
            Self::Symbolic(clauses) => clauses.iter().fold(mode, |mode, clause| clause.apply(mode, is_dir)),
        }
    }
}

fn parse_clauses(text: &[u8], out: &mut Vec<Clause>) -> Option<()> {
    let split = text.iter().position(|byte| b"+-=".contains(byte))?;
    let (letters, mut rest) = text.split_at(split);
    let mut who = 0;
    for letter in letters {
        who |= match letter {
            b'u' => 0o4700,
            b'g' => 0o2070,
            b'o' => 0o1007,
            b'a' => 0o7777,
            _ => return None,
        };
    }
    while let Some((op, tail)) = rest.split_first() {
        let end = tail.iter().position(|byte| b"+-=".contains(byte)).unwrap_or(tail.len());
        let (letters, tail) = tail.split_at(end);
        let permissions = match letters {
            [one] if b"ugo".contains(one) => Permissions::CopyOf(*one),
            letters if letters.iter().all(|byte| b"rwxXst".contains(byte)) => {
                Permissions::Letters(letters.to_vec())
            }
            _ => return None,
        };
        let implied = who == 0;
        out.push(Clause { who: if implied { 0o7777 } else { who }, implied, op: *op, permissions });
        rest = tail;
    }
    Some(())
}

impl Clause {
    fn apply(&self, mode: u32, is_dir: bool) -> u32 {
        let bits = self.bits(mode, is_dir) & self.who;
        let bits = if self.implied { bits & !UMASK } else { bits };
        match self.op {
            b'+' => mode | bits,
            b'-' => mode & !bits,
            // A directory keeps its set-id bits unless they are named, as chmod(1) does.
            _ => (mode & !(self.who & if is_dir { 0o1777 } else { 0o7777 })) | bits,
        }
    }

    fn bits(&self, mode: u32, is_dir: bool) -> u32 {
        match &self.permissions {
            Permissions::CopyOf(who) => {
                let shift = match who {
                    b'u' => 6,
                    b'g' => 3,
                    _ => 0,
                };
                ((mode >> shift) & 7) * 0o111
            }
            Permissions::Letters(letters) => letters.iter().fold(0, |bits, letter| {
                bits | match letter {
                    b'r' => 0o444,
                    b'w' => 0o222,
                    b'x' => 0o111,
                    b'X' if is_dir || mode & 0o111 != 0 => 0o111,
                    b's' => 0o6000,
                    b't' => 0o1000,
                    _ => 0,
                }
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_change_as_chmod_does() {
        for (text, file, expect) in [
            ("755", 0o600, 0o755),
            ("04711", 0o600, 0o4711),
            ("u=rwX,go=rX", 0o600, 0o644),
            ("u=rwX,go=rX", 0o700, 0o755),
            ("+x", 0o644, 0o755),
            ("a+w", 0o644, 0o666),
            ("+w", 0o444, 0o644),
            ("g=u", 0o640, 0o660),
            ("o-rwx", 0o777, 0o770),
            ("u+s", 0o755, 0o4755),
            ("u=rw,u+x", 0o000, 0o700),
            ("u+r-w", 0o200, 0o400),
        ] {
            let mode = Chmod::parse(text).unwrap().apply(file, false);
            assert_eq!(mode, expect, "{text} on {file:o} gave {mode:o}");
        }
        assert_eq!(Chmod::parse("a+X").unwrap().apply(0o600, true), 0o711);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["99", "77777", "u", "z+x", "u+q", "u=rw,"] {
            assert!(Chmod::parse(text).is_err(), "{text}");
        }
    }
}
