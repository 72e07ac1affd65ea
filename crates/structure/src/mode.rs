//! Kind and permissions of a file as Go writes them, which is how test files ask for them: `drwxr-xr-x`, `Lrwxrwxrwx`,
//! `dtrwxrwxrwx`, `urwxr-xr-x`.

use image::{Entry, EntryKind};

/// Kind and permissions of an entry.
pub(crate) fn text(entry: &Entry) -> String {
    let kind = match entry.kind {
        EntryKind::Dir | EntryKind::OpaqueDir => "d",
        EntryKind::Symlink => "L",
        EntryKind::CharDevice => "Dc",
        EntryKind::BlockDevice => "D",
        EntryKind::Fifo => "p",
        _ => "",
    };
    let (devices, character) = kind.split_at(kind.len().min(1));
    let mut text = devices.to_owned();
    for (bit, letter) in [(0o4000, 'u'), (0o2000, 'g')] {
        if entry.mode & bit != 0 {
            text.push(letter);
        }
    }
    text += character;
    if entry.mode & 0o1000 != 0 {
        text.push('t');
    }
    if text.is_empty() {
        text.push('-');
    }
    let mode = if entry.kind == EntryKind::Symlink { 0o777 } else { entry.mode };
    let letters = ['r', 'w', 'x'].into_iter().cycle().zip((0..9).rev());
    text.extend(letters.map(|(letter, bit)| if mode & (1 << bit) != 0 { letter } else { '-' }));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_written_as_go_writes_them() {
        let check = |kind, mode, expect: &str| assert_eq!(text(&Entry::new("x", kind, mode)), expect);
        check(EntryKind::File, 0o644, "-rw-r--r--");
        check(EntryKind::File, 0o4755, "urwxr-xr-x");
        check(EntryKind::File, 0o6755, "ugrwxr-xr-x");
        check(EntryKind::Dir, 0o755, "drwxr-xr-x");
        check(EntryKind::OpaqueDir, 0o1777, "dtrwxrwxrwx");
        check(EntryKind::Symlink, 0, "Lrwxrwxrwx");
        check(EntryKind::CharDevice, 0o666, "Dcrw-rw-rw-");
        check(EntryKind::BlockDevice, 0o660, "Drw-rw----");
        check(EntryKind::Fifo, 0o600, "prw-------");
    }
}
