//! `--chmod`: octal modes, and the symbolic ones as the Dockerfile language has
//! them: those of BSD's chmod(1), with a umask of 0.

/// A parsed mode change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chmod {
    /// All twelve bits.
    Octal(u32),
    /// Changes in order.
    Symbolic(Vec<Change>),
}

/// One change of permission bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Takes bits away.
    Clear(u32),
    /// Adds bits.
    Set(u32),
    /// The same for directories, and for files that could be executed before all changes.
    IfExecutable {
        /// The bits.
        bits: u32,
        /// Whether they are added.
        add: bool,
    },
    /// Gives the `rwx` of one class to others.
    Copy {
        /// Shift of the class that is read.
        from: u32,
        /// The lowest bit of each class that is changed.
        to: u32,
        /// How.
        op: ChmodOp,
    },
}

/// What stands between who and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChmodOp {
    /// `+`
    Add,
    /// `-`
    Remove,
    /// `=`
    Assign,
}

const SET_ID: u32 = 0o6000;
const STICKY: u32 = 0o1000;
const OTHERS: u32 = 0o0007;
/// What `a` stands for; the sticky bit has to be named.
const ALL: u32 = SET_ID | 0o777;
/// Shifts of `u`, `g` and `o`.
const CLASSES: [(u8, u32); 3] = [(b'u', 6), (b'g', 3), (b'o', 0)];

impl Chmod {
    /// Reads `0755` or `u=rwX,go=rX`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bad = || {
            format!("`{text}` is not a mode: use octal digits as in `0755`, or symbols as in `u=rwX,go=rX`")
        };
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            let value = u32::from_str_radix(text, 8).map_err(|_| bad())?;
            return if value > 0o7777 { Err(bad()) } else { Ok(Self::Octal(value)) };
        }
        let mut changes = Vec::new();
        for clause in text.split(',') {
            read_clause(clause.as_bytes(), &mut changes).ok_or_else(bad)?;
        }
        Ok(Self::Symbolic(changes))
    }

    /// The new permission bits of a file.
    pub fn apply(&self, mode: u32, is_dir: bool) -> u32 {
        let executable = is_dir || mode & 0o111 != 0;
        match self {
            Self::Octal(value) => *value,
            Self::Symbolic(changes) => {
                changes.iter().fold(mode, |mode, change| change.apply(mode, executable))
            }
        }
    }
}

/// Reads `ug+rw-x`.
fn read_clause(text: &[u8], out: &mut Vec<Change>) -> Option<()> {
    let letters = text.iter().take_while(|letter| b"ugoa".contains(letter)).count();
    let who = text[..letters].iter().fold(0, |who, letter| who | class_bits(*letter));
    let mut rest = &text[letters..];
    loop {
        let (op, tail) = rest.split_first()?;
        let op = match op {
            b'+' => ChmodOp::Add,
            b'-' => ChmodOp::Remove,
            b'=' => ChmodOp::Assign,
            _ => return None,
        };
        let end = tail.iter().position(|byte| b"+-=".contains(byte)).unwrap_or(tail.len());
        let mut action = Action { who, op, pending: 0, conditional: 0, assigned: false, sticky: 0 };
        tail[..end].iter().try_for_each(|letter| action.letter(*letter, out))?;
        action.flush(out);
        rest = &tail[end..];
        if rest.is_empty() {
            return Some(());
        }
    }
}

/// All bits that a letter of who stands for.
fn class_bits(letter: u8) -> u32 {
    match letter {
        b'u' => 0o4700,
        b'g' => 0o2070,
        b'o' => OTHERS,
        _ => ALL,
    }
}

/// An operator with what stands behind it, while it is read.
struct Action {
    /// 0 when nobody is named.
    who: u32,
    op: ChmodOp,
    /// Bits that were read and not yet written down.
    pending: u32,
    /// The same of `X`.
    conditional: u32,
    /// Whether `=` took away what was there.
    assigned: bool,
    /// The sticky bit, once it was named.
    sticky: u32,
}

impl Action {
    fn letter(&mut self, letter: u8, out: &mut Vec<Change>) -> Option<()> {
        let only_others = self.who != 0 && self.who & !OTHERS == 0;
        match letter {
            b'r' => self.pending |= 0o444,
            b'w' => self.pending |= 0o222,
            b'x' => self.pending |= 0o111,
            b'X' => self.conditional |= 0o111,
            // These bits are not those of others.
            b's' | b't' if only_others => {}
            b's' => self.pending |= SET_ID,
            b't' => {
                self.pending |= STICKY;
                self.sticky = STICKY;
            }
            b'u' | b'g' | b'o' => self.copy(letter, out),
            _ => return None,
        }
        Some(())
    }

    fn copy(&mut self, letter: u8, out: &mut Vec<Change>) {
        // What is copied takes the place of what was there; `=` has nothing more to take away.
        self.assigned |= self.pending == 0;
        self.flush(out);
        self.assigned = true;
        let from = CLASSES.iter().find(|(class, _)| *class == letter).map_or(0, |(_, shift)| *shift);
        let named = |shift: u32| self.who == 0 || self.who & (OTHERS << shift) != 0;
        let to = CLASSES.iter().filter(|(_, shift)| named(*shift)).fold(0, |to, (_, shift)| to | 1 << shift);
        out.push(Change::Copy { from, to, op: self.op });
    }

    /// Writes down what was read.
    fn flush(&mut self, out: &mut Vec<Change>) {
        // Where nobody is named, `t` names the sticky bit alone, whatever else is written.
        let who = match self.who | self.sticky {
            0 => ALL,
            who => who,
        };
        match self.op {
            ChmodOp::Assign if self.pending != 0 || !self.assigned => {
                self.assigned = true;
                out.extend([Change::Clear(who), Change::Set(self.pending & who)]);
            }
            ChmodOp::Assign => {}
            ChmodOp::Add => out.push(Change::Set(self.pending & who)),
            ChmodOp::Remove => out.push(Change::Clear(self.pending & who)),
        }
        if self.conditional != 0 {
            out.push(Change::IfExecutable { bits: self.conditional & who, add: self.op != ChmodOp::Remove });
        }
        (self.pending, self.conditional) = (0, 0);
    }
}

impl Change {
    fn apply(self, mode: u32, executable: bool) -> u32 {
        match self {
            Self::IfExecutable { .. } if !executable => mode,
            Self::Set(bits) | Self::IfExecutable { bits, add: true } => mode | bits,
            Self::Clear(bits) | Self::IfExecutable { bits, add: false } => mode & !bits,
            Self::Copy { from, to, op } => {
                let bits = ((mode >> from) & OTHERS) * to;
                match op {
                    ChmodOp::Add => mode | bits,
                    ChmodOp::Remove => mode & !bits,
                    ChmodOp::Assign => (mode & !(OTHERS * to)) | bits,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Docker 28 makes of files of modes 640, 744, 6755 and 0, and of directories of modes 750, 2755 and 1777.
    #[rustfmt::skip]
    const SYMBOLIC: &[(&str, [u32; 7])] = &[
        ("+x", [0o751, 0o755, 0o6755, 0o111, 0o751, 0o2755, 0o1777]),
        ("-x", [0o640, 0o644, 0o6644, 0o0, 0o640, 0o2644, 0o1666]),
        ("=x", [0o111, 0o111, 0o111, 0o111, 0o111, 0o111, 0o1111]),
        ("+X", [0o640, 0o755, 0o6755, 0o0, 0o751, 0o2755, 0o1777]),
        ("-X", [0o640, 0o644, 0o6644, 0o0, 0o640, 0o2644, 0o1666]),
        ("=X", [0o0, 0o111, 0o111, 0o0, 0o111, 0o111, 0o1111]),
        ("a+X", [0o640, 0o755, 0o6755, 0o0, 0o751, 0o2755, 0o1777]),
        ("a-X", [0o640, 0o644, 0o6644, 0o0, 0o640, 0o2644, 0o1666]),
        ("a=X", [0o0, 0o111, 0o111, 0o0, 0o111, 0o111, 0o1111]),
        ("a=rX", [0o444, 0o555, 0o555, 0o444, 0o555, 0o555, 0o1555]),
        ("u=rwX,go=rX", [0o644, 0o755, 0o755, 0o644, 0o755, 0o755, 0o1755]),
        ("u=rwX,g=rX,o=", [0o640, 0o750, 0o750, 0o640, 0o750, 0o750, 0o1750]),
        ("g=u", [0o660, 0o774, 0o6775, 0o0, 0o770, 0o2775, 0o1777]),
        ("o=g", [0o644, 0o744, 0o6755, 0o0, 0o755, 0o2755, 0o1777]),
        ("o=u", [0o646, 0o747, 0o6757, 0o0, 0o757, 0o2757, 0o1777]),
        ("u=o", [0o40, 0o444, 0o6555, 0o0, 0o50, 0o2555, 0o1777]),
        ("u=g", [0o440, 0o444, 0o6555, 0o0, 0o550, 0o2555, 0o1777]),
        ("a=u", [0o666, 0o777, 0o6777, 0o0, 0o777, 0o2777, 0o1777]),
        ("g+u", [0o660, 0o774, 0o6775, 0o0, 0o770, 0o2775, 0o1777]),
        ("g-u", [0o600, 0o704, 0o6705, 0o0, 0o700, 0o2705, 0o1707]),
        ("o+g", [0o644, 0o744, 0o6755, 0o0, 0o755, 0o2755, 0o1777]),
        ("u+g-w", [0o440, 0o544, 0o6555, 0o0, 0o550, 0o2555, 0o1577]),
        ("g=u-w", [0o640, 0o754, 0o6755, 0o0, 0o750, 0o2755, 0o1757]),
        ("g+w+x", [0o670, 0o774, 0o6775, 0o30, 0o770, 0o2775, 0o1777]),
        ("a+", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a-", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a=", [0o0, 0o0, 0o0, 0o0, 0o0, 0o0, 0o1000]),
        ("=", [0o0, 0o0, 0o0, 0o0, 0o0, 0o0, 0o1000]),
        ("+", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("-", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("u=", [0o40, 0o44, 0o2055, 0o0, 0o50, 0o2055, 0o1077]),
        ("go=", [0o600, 0o700, 0o4700, 0o0, 0o700, 0o700, 0o1700]),
        ("+s", [0o6640, 0o6744, 0o6755, 0o6000, 0o6750, 0o6755, 0o7777]),
        ("u+s", [0o4640, 0o4744, 0o6755, 0o4000, 0o4750, 0o6755, 0o5777]),
        ("g+s", [0o2640, 0o2744, 0o6755, 0o2000, 0o2750, 0o2755, 0o3777]),
        ("o+s", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a+s", [0o6640, 0o6744, 0o6755, 0o6000, 0o6750, 0o6755, 0o7777]),
        ("ug+s", [0o6640, 0o6744, 0o6755, 0o6000, 0o6750, 0o6755, 0o7777]),
        ("u-s", [0o640, 0o744, 0o2755, 0o0, 0o750, 0o2755, 0o1777]),
        ("g-s", [0o640, 0o744, 0o4755, 0o0, 0o750, 0o755, 0o1777]),
        ("a-s", [0o640, 0o744, 0o755, 0o0, 0o750, 0o755, 0o1777]),
        ("-s", [0o640, 0o744, 0o755, 0o0, 0o750, 0o755, 0o1777]),
        ("=s", [0o6000, 0o6000, 0o6000, 0o6000, 0o6000, 0o6000, 0o7000]),
        ("a=s", [0o6000, 0o6000, 0o6000, 0o6000, 0o6000, 0o6000, 0o7000]),
        ("+t", [0o1640, 0o1744, 0o7755, 0o1000, 0o1750, 0o3755, 0o1777]),
        ("u+t", [0o1640, 0o1744, 0o7755, 0o1000, 0o1750, 0o3755, 0o1777]),
        ("g+t", [0o1640, 0o1744, 0o7755, 0o1000, 0o1750, 0o3755, 0o1777]),
        ("o+t", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a+t", [0o1640, 0o1744, 0o7755, 0o1000, 0o1750, 0o3755, 0o1777]),
        ("-t", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o777]),
        ("a-t", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o777]),
        ("=t", [0o1640, 0o1744, 0o7755, 0o1000, 0o1750, 0o3755, 0o1777]),
        ("a=t", [0o1000, 0o1000, 0o1000, 0o1000, 0o1000, 0o1000, 0o1000]),
        ("o=t", [0o640, 0o740, 0o6750, 0o0, 0o750, 0o2750, 0o1770]),
        ("u=t", [0o1040, 0o1044, 0o3055, 0o1000, 0o1050, 0o3055, 0o1077]),
        ("a=rt", [0o1444, 0o1444, 0o1444, 0o1444, 0o1444, 0o1444, 0o1444]),
        ("u=rs", [0o4440, 0o4444, 0o6455, 0o4400, 0o4450, 0o6455, 0o5477]),
        ("g=s", [0o2600, 0o2704, 0o6705, 0o2000, 0o2700, 0o2705, 0o3707]),
        ("o=s", [0o640, 0o740, 0o6750, 0o0, 0o750, 0o2750, 0o1770]),
        ("u=rwx,go=rx", [0o755, 0o755, 0o755, 0o755, 0o755, 0o755, 0o1755]),
        ("a=rwx", [0o777, 0o777, 0o777, 0o777, 0o777, 0o777, 0o1777]),
        ("=rwx", [0o777, 0o777, 0o777, 0o777, 0o777, 0o777, 0o1777]),
        ("ugo+rw", [0o666, 0o766, 0o6777, 0o666, 0o776, 0o2777, 0o1777]),
        ("uu+x", [0o740, 0o744, 0o6755, 0o100, 0o750, 0o2755, 0o1777]),
        ("u=go", [0o40, 0o444, 0o6555, 0o0, 0o50, 0o2555, 0o1777]),
        ("u=rgx", [0o140, 0o144, 0o2155, 0o100, 0o150, 0o2155, 0o1177]),
        ("u=gx", [0o140, 0o144, 0o2155, 0o100, 0o150, 0o2155, 0o1177]),
        ("u=xg", [0o440, 0o444, 0o2555, 0o0, 0o550, 0o2555, 0o1777]),
        ("a-u", [0o0, 0o0, 0o6000, 0o0, 0o0, 0o2000, 0o1000]),
        ("g+u+x", [0o670, 0o774, 0o6775, 0o10, 0o770, 0o2775, 0o1777]),
        ("u=r,u=w", [0o240, 0o244, 0o2255, 0o200, 0o250, 0o2255, 0o1277]),
        ("a-x,a+X", [0o640, 0o755, 0o6755, 0o0, 0o751, 0o2755, 0o1777]),
        ("a+x,a-x,a+X", [0o640, 0o755, 0o6755, 0o0, 0o751, 0o2755, 0o1777]),
        ("a-x+X", [0o640, 0o755, 0o6755, 0o0, 0o751, 0o2755, 0o1777]),
        ("a=rw,+X", [0o666, 0o777, 0o777, 0o666, 0o777, 0o777, 0o1777]),
        ("a=,+X", [0o0, 0o111, 0o111, 0o0, 0o111, 0o111, 0o1111]),
        ("a=,a+X", [0o0, 0o111, 0o111, 0o0, 0o111, 0o111, 0o1111]),
        ("+w", [0o662, 0o766, 0o6777, 0o222, 0o772, 0o2777, 0o1777]),
        ("-w", [0o440, 0o544, 0o6555, 0o0, 0o550, 0o2555, 0o1555]),
        ("=w", [0o222, 0o222, 0o222, 0o222, 0o222, 0o222, 0o1222]),
        ("+rw,o-w", [0o664, 0o764, 0o6775, 0o664, 0o774, 0o2775, 0o1775]),
        ("u+rw,u+x", [0o740, 0o744, 0o6755, 0o700, 0o750, 0o2755, 0o1777]),
        ("u=rw-r", [0o240, 0o244, 0o2255, 0o200, 0o250, 0o2255, 0o1277]),
        ("u-w,g+w", [0o460, 0o564, 0o6575, 0o20, 0o570, 0o2575, 0o1577]),
        ("a=r,u+w", [0o644, 0o644, 0o644, 0o644, 0o644, 0o644, 0o1644]),
        ("go-rwx", [0o600, 0o700, 0o6700, 0o0, 0o700, 0o2700, 0o1700]),
        ("og=rx", [0o655, 0o755, 0o4755, 0o55, 0o755, 0o755, 0o1755]),
        ("ao=r", [0o444, 0o444, 0o444, 0o444, 0o444, 0o444, 0o1444]),
        ("u=u", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("g=g-w", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1757]),
        ("o=o", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a+rX,u+w", [0o644, 0o755, 0o6755, 0o644, 0o755, 0o2755, 0o1777]),
        ("u=Xr,g=X,o=X", [0o400, 0o511, 0o511, 0o400, 0o511, 0o511, 0o1511]),
        ("u=X+w", [0o240, 0o344, 0o2355, 0o200, 0o350, 0o2355, 0o1377]),
        ("u+X=r", [0o440, 0o444, 0o2455, 0o400, 0o450, 0o2455, 0o1477]),
        ("u++x", [0o740, 0o744, 0o6755, 0o100, 0o750, 0o2755, 0o1777]),
        ("u+-x", [0o640, 0o644, 0o6655, 0o0, 0o650, 0o2655, 0o1677]),
        ("u=-w", [0o40, 0o44, 0o2055, 0o0, 0o50, 0o2055, 0o1077]),
        ("=+x", [0o111, 0o111, 0o111, 0o111, 0o111, 0o111, 0o1111]),
        ("u==r", [0o440, 0o444, 0o2455, 0o400, 0o450, 0o2455, 0o1477]),
        ("u=r=w", [0o240, 0o244, 0o2255, 0o200, 0o250, 0o2255, 0o1277]),
        ("a=X+w", [0o222, 0o333, 0o333, 0o222, 0o333, 0o333, 0o1333]),
        ("+Xs", [0o6640, 0o6755, 0o6755, 0o6000, 0o6751, 0o6755, 0o7777]),
        ("u=Xu", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("u=uX", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("u=wuX", [0o240, 0o344, 0o2355, 0o200, 0o350, 0o2355, 0o1377]),
        ("u+uX", [0o640, 0o744, 0o6755, 0o0, 0o750, 0o2755, 0o1777]),
        ("a=g+X", [0o444, 0o555, 0o6555, 0o0, 0o555, 0o2555, 0o1777]),
        ("u=rw,g=u,o=g-w,+X", [0o664, 0o775, 0o2775, 0o664, 0o775, 0o2775, 0o1775]),
        ("a=r,a=w", [0o222, 0o222, 0o222, 0o222, 0o222, 0o222, 0o1222]),
    ];

    #[test]
    fn symbols_change_modes_as_in_buildkit() {
        for (text, expect) in SYMBOLIC {
            let mode = Chmod::parse(text).unwrap();
            let files = [0o640, 0o744, 0o6755, 0].map(|old| mode.apply(old, false));
            let directories = [0o750, 0o2755, 0o1777].map(|old| mode.apply(old, true));
            let found = [&files[..], &directories].concat();
            let octal = |modes: &[u32]| modes.iter().map(|mode| format!("{mode:o}")).collect::<Vec<_>>();
            assert_eq!(octal(&found), octal(expect), "{text}");
        }
    }

    #[test]
    fn octal_modes_are_the_mode() {
        for (text, expect) in [("755", 0o755), ("0", 0), ("7", 7), ("00644", 0o644), ("7777", 0o7777)] {
            assert_eq!(Chmod::parse(text).unwrap().apply(0o6123, false), expect, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "X", "x", "u,", ",u+x", "u+x,", "u", "u+xz", "9", "08", "0o7", "10000", "17777", "", "+755",
            "foo",
        ] {
            assert!(Chmod::parse(text).is_err(), "{text}");
        }
    }
}
