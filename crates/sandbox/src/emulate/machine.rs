//! The machines whose programs can be told apart, and what the kernel is told to run them with.

/// A machine, as its programs say it in their ELF header.
pub(super) struct Machine {
    /// Name in Go's `GOARCH`, as platforms have it.
    architecture: &'static str,
    /// Name in QEMU's programs.
    pub(super) qemu: &'static str,
    /// `EI_CLASS`: 1 for 32 bits, 2 for 64.
    class: u8,
    /// `EI_DATA`: 1 for little endian, 2 for big endian.
    data: u8,
    /// `e_machine`.
    number: u16,
}

#[rustfmt::skip]
const MACHINES: &[Machine] = &[
    Machine { architecture: "amd64", qemu: "x86_64", class: 2, data: 1, number: 62 },
    Machine { architecture: "386", qemu: "i386", class: 1, data: 1, number: 3 },
    Machine { architecture: "arm64", qemu: "aarch64", class: 2, data: 1, number: 183 },
    Machine { architecture: "arm", qemu: "arm", class: 1, data: 1, number: 40 },
    Machine { architecture: "riscv64", qemu: "riscv64", class: 2, data: 1, number: 243 },
    Machine { architecture: "ppc64le", qemu: "ppc64le", class: 2, data: 1, number: 21 },
    Machine { architecture: "s390x", qemu: "s390x", class: 2, data: 2, number: 22 },
    Machine { architecture: "mips64le", qemu: "mips64el", class: 2, data: 1, number: 8 },
    Machine { architecture: "mips64", qemu: "mips64", class: 2, data: 2, number: 8 },
    Machine { architecture: "mipsle", qemu: "mipsel", class: 1, data: 1, number: 8 },
    Machine { architecture: "mips", qemu: "mips", class: 1, data: 2, number: 8 },
    Machine { architecture: "loong64", qemu: "loongarch64", class: 2, data: 1, number: 258 },
];

/// Bytes of an ELF header up to and with `e_machine`.
const HEADER: usize = 20;

impl Machine {
    /// The machine of an architecture.
    pub(super) fn of(architecture: &str) -> Option<&'static Self> {
        MACHINES.iter().find(|machine| machine.architecture == architecture)
    }

    /// The start of a program's ELF header.
    fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..7].copy_from_slice(&[0x7f, b'E', b'L', b'F', self.class, self.data, 1]);
        let number = |value: u16| if self.data == 1 { value.to_le_bytes() } else { value.to_be_bytes() };
        header[16..18].copy_from_slice(&number(2));
        header[18..20].copy_from_slice(&number(self.number));
        header
    }

    /// What counts in the header: not the ABI, and programs of the kinds 2 (at a fixed place) and 3 (anywhere).
    fn mask(&self) -> [u8; HEADER] {
        let mut mask = [0xff; HEADER];
        mask[7] = 0;
        mask[if self.data == 1 { 16 } else { 17 }] = 0xfe;
        mask
    }

    /// The line that registers an interpreter with the kernel. It is opened at once, so that it need not be there
    /// for the programs themselves (flag `F`).
    pub(super) fn registration(&self, interpreter: &str, keeps_name: bool) -> String {
        let hex = |bytes: [u8; HEADER]| bytes.map(|byte| format!("\\x{byte:02x}")).concat();
        let flags = if keeps_name { "PF" } else { "F" };
        let (magic, mask) = (hex(self.header()), hex(self.mask()));
        format!(":cooper-{}:M::{magic}:{mask}:{interpreter}:{flags}", self.qemu)
    }

    /// Whether an entry of `binfmt_misc`, as its file shows it, is enabled and takes programs of this machine. One
    /// without the flag `F` does not count: its interpreter would have to be inside of the image.
    pub(super) fn is_taken_by(&self, entry: &str) -> bool {
        let field = |name: &str| entry.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let enabled = entry.lines().next() == Some("enabled");
        let kept = field("flags:").is_some_and(|flags| flags.contains('F'));
        let Some(magic) = field("magic ").and_then(bytes) else { return false };
        let mask = field("mask ").and_then(bytes).unwrap_or_else(|| vec![0xff; magic.len()]);
        let header = self.header();
        let same =
            magic.iter().zip(&mask).zip(header).all(|((magic, mask), byte)| byte & mask == magic & mask);
        enabled
            && kept
            && field("offset ") == Some("0")
            && magic.len() == mask.len()
            && magic.len() >= HEADER
            && same
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "enabled\ninterpreter /usr/libexec/qemu-binfmt/aarch64-binfmt-P\nflags: POF\noffset 0\n\
                         magic 7f454c460201010000000000000000000200b700\nmask ffffffffffffff00fffffffffffffffffeffffff\n";

    #[test]
    fn entries_are_recognised_by_what_they_match() {
        let arm64 = Machine::of("arm64").unwrap();
        assert!(arm64.is_taken_by(ENTRY));
        assert!(!arm64.is_taken_by(&ENTRY.replace("enabled", "disabled")));
        assert!(!arm64.is_taken_by(&ENTRY.replace("POF", "P")));
        assert!(!arm64.is_taken_by(""));
        for other in ["amd64", "arm", "riscv64", "s390x"] {
            assert!(!Machine::of(other).unwrap().is_taken_by(ENTRY), "{other}");
        }
        assert!(Machine::of("pdp11").is_none());
    }

    #[test]
    fn what_is_registered_is_what_is_recognised() {
        for machine in MACHINES {
            let line = machine.registration("/usr/bin/qemu-x-static", true);
            let fields: Vec<&str> = line.split(':').collect();
            let plain = |text: &str| text.replace("\\x", "");
            let entry = format!(
                "enabled\ninterpreter {}\nflags: {}\noffset 0\nmagic {}\nmask {}\n",
                fields[6],
                fields[7],
                plain(fields[4]),
                plain(fields[5])
            );
            let takers = MACHINES.iter().filter(|one| one.is_taken_by(&entry));
            assert_eq!(takers.map(|one| one.qemu).collect::<Vec<_>>(), [machine.qemu]);
        }
    }
}
