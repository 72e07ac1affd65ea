//! Numbers that stand for paths: a layer has many, and all that is asked is whether two are the same.

/// The number of a path (FNV-1a, 64 bits). It is written to caches and never changes.
pub(crate) fn key(path: &[u8]) -> u64 {
    path.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| step(hash, *byte))
}

const fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3)
}

/// The numbers of the directories above a path, the root not among them, and last that of the path.
pub(crate) fn keys(path: &[u8]) -> Vec<u64> {
    let mut out = Vec::new();
    let mut hash = key(b"");
    for byte in path {
        if *byte == b'/' {
            out.push(hash);
        }
        hash = step(hash, *byte);
    }
    out.push(hash);
    out
}

/// The number of a path whatever its spelling: where `/lib` and its like are links to what is in `/usr`, a list of
/// files may have one name and the layer the other one.
pub(crate) fn merged_key(path: &[u8]) -> u64 {
    let inner = path.strip_prefix(b"usr/").unwrap_or(path);
    let moved = [&b"bin/"[..], b"sbin/", b"lib/", b"lib32/", b"lib64/", b"libx32/"];
    key(if moved.iter().any(|dir| inner.starts_with(dir)) { inner } else { path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_told_from_what_is_in_them() {
        assert_eq!(keys(b"a/bc/d"), [key(b"a"), key(b"a/bc"), key(b"a/bc/d")]);
        assert_ne!(key(b"ab"), key(b"ba"));
    }

    #[test]
    fn merged_directories_have_one_name() {
        assert_eq!(merged_key(b"usr/lib/x"), merged_key(b"lib/x"));
        assert_ne!(merged_key(b"usr/share/x"), merged_key(b"share/x"));
    }
}
