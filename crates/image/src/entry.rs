//! The entries of a layer: what a file system change consists of.

use kit::Digest;

/// What an entry is. The last two say what a layer takes away from the layers below (OCI image-spec,
/// "Whiteouts").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum EntryKind {
    /// A regular file; `size` and `digest` are set.
    File = 0,
    /// A directory.
    Dir = 1,
    /// A symbolic link; `link` is its target as written.
    Symlink = 2,
    /// Another name of a file of the same layer; `link` is the path of the first name.
    Hardlink = 3,
    /// A character device; `rdev` is set.
    CharDevice = 4,
    /// A block device; `rdev` is set.
    BlockDevice = 5,
    /// A named pipe.
    Fifo = 6,
    /// Removes what lower layers have at `path`.
    Whiteout = 7,
    /// A directory that hides everything lower layers have below `path`.
    OpaqueDir = 8,
}

impl EntryKind {
    /// The kind of a stored number.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::File,
            1 => Self::Dir,
            2 => Self::Symlink,
            3 => Self::Hardlink,
            4 => Self::CharDevice,
            5 => Self::BlockDevice,
            6 => Self::Fifo,
            7 => Self::Whiteout,
            8 => Self::OpaqueDir,
            _ => return None,
        })
    }

    /// Whether it is a directory in the resulting tree.
    pub const fn is_dir(self) -> bool {
        matches!(self, Self::Dir | Self::OpaqueDir)
    }
}

/// One path that a layer adds, changes or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path relative to the root, without leading or trailing `/`, without `.` and `..`; the root itself is
    /// empty. Bytes, as Linux paths need not be UTF-8.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with set-id and sticky bits, `0o7777`.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Modification time in seconds since 1970, as found.
    pub mtime: i64,
    /// Whether the time only says when the file came to be on this machine: of a checkout, or of a step that wrote
    /// it. It is outside the identity of a layer then, and a reproducible export gives the entry the time of the
    /// build in its place. A time that an archive or a server states is part of the content.
    pub undated: bool,
    /// Size of a regular file in bytes.
    pub size: u64,
    /// Content digest of a regular file.
    pub digest: Option<Digest>,
    /// Target of a symbolic or hard link.
    pub link: Vec<u8>,
    /// Extended attributes (name, value), sorted by name; overlayfs' own are not among them.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Major and minor number of a device.
    pub rdev: (u32, u32),
}

impl Entry {
    /// An entry of a kind with mode and everything else zero or empty.
    pub fn new(path: impl Into<Vec<u8>>, kind: EntryKind, mode: u32) -> Self {
        Self {
            path: path.into(),
            kind,
            mode,
            uid: 0,
            gid: 0,
            mtime: 0,
            undated: false,
            size: 0,
            digest: None,
            link: Vec::new(),
            xattrs: Vec::new(),
            rdev: (0, 0),
        }
    }

    /// The directory that holds it; `None` for the root.
    pub fn parent(&self) -> Option<&[u8]> {
        if self.path.is_empty() {
            return None;
        }
        Some(self.path.iter().rposition(|byte| *byte == b'/').map_or(&[][..], |at| &self.path[..at]))
    }

    /// The last component of the path.
    pub fn name(&self) -> &[u8] {
        self.path.iter().rposition(|byte| *byte == b'/').map_or(&self.path[..], |at| &self.path[at + 1..])
    }
}

/// A path for people: UTF-8 with replacement characters.
pub fn path_to_string(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}
