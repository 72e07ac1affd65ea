//! Capabilities of Linux (`linux/capability.h`), and those that files lend (`security.capability`).

/// Their names by number, without `CAP_`.
const NAMES: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// The attribute that holds capabilities of a file.
pub(crate) const ATTRIBUTE: &[u8] = b"security.capability";

/// The capabilities that a file lends, by the value of its attribute (`struct vfs_cap_data`): a word that tells the version,
/// then pairs of permitted and inheritable ones, low words first.
pub(crate) fn of_file(value: &[u8]) -> Vec<&'static str> {
    let word = |at: usize| {
        let bytes = value.get(at * 4..at * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, u32::from_le_bytes)
    };
    let high = if word(0) >> 24 == 1 { 0 } else { u64::from(word(3)) };
    let permitted = high << 32 | u64::from(word(1));
    NAMES.iter().enumerate().filter(|(bit, _)| permitted & (1 << bit) != 0).map(|(_, name)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_in_both_forms() {
        let v2 = [1, 0, 0, 2, 0, 0x24, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(of_file(&v2), ["NET_BIND_SERVICE", "NET_RAW"]);
        let v1 = [0, 0, 0, 1, 0, 0x04, 0, 0, 0, 0, 0, 0];
        assert_eq!(of_file(&v1), ["NET_BIND_SERVICE"]);
        let high = [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(of_file(&high), ["BPF"]);
        assert!(of_file(b"x").is_empty() && of_file(&[]).is_empty());
    }
}
