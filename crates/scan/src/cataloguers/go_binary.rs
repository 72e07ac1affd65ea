//! Go modules that are linked into a program (ELF, PE or Mach-O): what the Go linker writes into it (Go, package `debug/buildinfo`), with the standard
//! library as `stdlib` and the main module under its own name. The version of a main module that was built from a checkout is
//! the one that `-ldflags -X` sets, else that of the commit; one that is not known is left out.

use std::io;

use facts::{Ecosystem, Linked, Package};

use crate::content::Content;
use crate::go_functions;
use crate::program::{Program, parts_of};
use crate::{Cataloguer, FileToRead, Found, Pattern, Reads};

pub(crate) static CATALOGUER: Cataloguer =
    Cataloguer { name: "go-binary", revision: 5, files: &[Pattern::Program], reads: Reads::Installed, read };

const MAGIC: &[u8] = b"\xff Go buildinf:";

/// Where the information is when its section has no name: at the begin of the data.
const SEARCHED: u64 = 1 << 20;

fn read(file: &FileToRead<'_>, found: &mut Found) {
    let parts = parts_of(file.content);
    for content in if parts.is_empty() { std::slice::from_ref(file.content) } else { &parts } {
        if let Ok(Some((version, modules))) = info(content) {
            packages(&version, &modules, found);
            let settings = Settings::of(&modules);
            let setting = |name| settings.get(name).unwrap_or_default();
            let linked = Linked::new(setting("GOOS"), setting("GOARCH"));
            found.linked = Some(match go_functions::packages(content) {
                Ok(Some(all)) => linked.with(all.iter().map(String::as_str)),
                _ => linked,
            });
        }
    }
    found.packages.sort();
    found.packages.dedup();
}

/// The version of Go, and the text with the modules.
fn info(content: &Content) -> io::Result<Option<(String, String)>> {
    let Some(program) = Program::open(content)? else { return Ok(None) };
    if let Some(part) = program.find(&[".go.buildinfo", "__go_buildinfo"]) {
        return Ok(of_section(&program, &program.bytes(part, SEARCHED)?));
    }
    for part in program.data() {
        let bytes = program.bytes(part, SEARCHED)?;
        if let Some(at) = position(&bytes) {
            return Ok(of_section(&program, &bytes[at..]));
        }
    }
    Ok(None)
}

fn position(bytes: &[u8]) -> Option<usize> {
    (0..bytes.len()).step_by(16).find(|at| bytes[*at..].starts_with(MAGIC))
}

fn of_section(program: &Program<'_>, bytes: &[u8]) -> Option<(String, String)> {
    if !bytes.starts_with(MAGIC) {
        return None;
    }
    if bytes.get(15)? & 2 != 0 {
        return inline(bytes);
    }
    // Before Go 1.18: two addresses of strings, each an address and a length.
    let width = usize::from(*bytes.get(14)?);
    if !matches!(width, 4 | 8) {
        return None;
    }
    let text = |at: usize| -> Option<Vec<u8>> {
        let header = program.number(bytes.get(at..at + width)?);
        let header = program.at_address(header, 2 * width as u64).ok()?;
        program.at_address(program.number(&header[..width]), program.number(&header[width..])).ok()
    };
    Some((String::from_utf8(text(16)?).ok()?, framed(&text(16 + width).unwrap_or_default())))
}

/// Since Go 1.18: two strings after the head, each after its length.
fn inline(bytes: &[u8]) -> Option<(String, String)> {
    let mut rest = bytes.get(32..)?;
    let mut text = || -> Option<&[u8]> {
        let (mut len, mut shift) = (0usize, 0);
        loop {
            let (byte, after) = rest.split_first()?;
            rest = after;
            len |= usize::from(byte & 0x7f).checked_shl(shift)?;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (text, after) = rest.split_at_checked(len)?;
        rest = after;
        Some(text)
    };
    let version = String::from_utf8(text()?.to_vec()).ok()?;
    Some((version, framed(text().unwrap_or_default())))
}

/// Without the 16 bytes before and behind by which the linker finds it.
fn framed(bytes: &[u8]) -> String {
    let is_framed = bytes.len() >= 33 && bytes[bytes.len() - 17] == b'\n';
    String::from_utf8_lossy(if is_framed { &bytes[16..bytes.len() - 16] } else { &[] }).into_owned()
}

fn packages(version: &str, modules: &str, found: &mut Found) {
    if let Some(version) = version.strip_prefix("go") {
        let version = version.split([' ', '-']).next().unwrap_or_default();
        found.push(Package::new(Ecosystem::Golang, "stdlib", semantic(version)));
    }
    let settings = Settings::of(modules);
    // What was built without modules has the path of its package alone.
    let path = modules.lines().find_map(|line| line.strip_prefix("path\t")).unwrap_or_default();
    if !modules.contains("\nmod\t") && path.contains('.') {
        let module = path.split("/cmd/").next().unwrap_or(path);
        found.push(Package::new(Ecosystem::Golang, path, settings.version(module)));
    }
    let mut last: Option<(&str, &str, &str)> = None;
    for line in modules.lines().chain(["end"]) {
        let mut fields = line.split('\t');
        let [kind, path, version] = [(); 3].map(|()| fields.next().unwrap_or_default());
        if kind == "=>" {
            last = Some((kind, path, version)).filter(|_| !version.is_empty());
            continue;
        }
        if let Some((kind, path, version)) = last.take() {
            let version = match (kind, version) {
                ("mod", "(devel)") => settings.version(path),
                // Of a directory that is in the place of a module nothing says the version.
                (_, "(devel)") => String::new(),
                _ => version.to_owned(),
            };
            found.push(Package::new(Ecosystem::Golang, path, version));
        }
        if matches!(kind, "mod" | "dep") {
            last = Some((kind, path, version)).filter(|_| !path.is_empty());
        }
    }
}

/// `1.22.0-rc.1` of `1.22rc1`, as advisories have it.
fn semantic(version: &str) -> String {
    for name in ["rc", "beta"] {
        if let Some((version, number)) = version.split_once(name) {
            let patch = if version.matches('.').count() < 2 { ".0" } else { "" };
            return format!("{version}{patch}-{name}.{number}");
        }
    }
    version.to_owned()
}

/// Variables in which programs keep their version.
const VERSIONS: [&str; 7] = ["version", "ver", "gitversion", "gitver", "buildversion", "buildver", "tag"];

/// With which settings the program was built.
struct Settings<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Settings<'a> {
    fn of(modules: &'a str) -> Self {
        let builds = modules.lines().filter_map(|line| line.strip_prefix("build\t")?.split_once('='));
        Self(builds.map(|(name, value)| (name, value.trim_matches(['"', '`']))).collect())
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// The version of a main module that has none; empty when nothing says it.
    fn version(&self, module: &str) -> String {
        self.linked(module).or_else(|| self.commit()).unwrap_or_default()
    }

    /// `1.2.3` of `-X main.version=1.2.3`: a variable of that name, first that of the main package, then those of the module.
    fn linked(&self, module: &str) -> Option<String> {
        let words = self.get("-ldflags")?.split([' ', '\'', '"', '\\']).filter(|word| !word.is_empty());
        let all: Vec<(&str, &str)> = words
            .filter_map(|word| word.strip_prefix("-X=").unwrap_or(word).split_once('='))
            .filter_map(|(variable, value)| {
                let (package, name) = variable.rsplit_once('.')?;
                let is_version = VERSIONS.contains(&name.to_ascii_lowercase().as_str());
                let digits = value.strip_prefix('v').unwrap_or(value);
                let looks_so =
                    digits.starts_with(|first: char| first.is_ascii_digit()) && digits.contains('.');
                (is_version && looks_so).then_some((package, digits))
            })
            .collect();
        let of_main = all.iter().find(|(package, _)| *package == "main");
        let of_module = || all.iter().find(|(package, _)| package.starts_with(module));
        of_main.or_else(of_module).map(|(_, version)| format!("v{version}"))
    }

    /// A pseudo-version (Go, "Pseudo-versions") of the commit.
    fn commit(&self) -> Option<String> {
        let (revision, time) = (self.get("vcs.revision")?.get(..12)?, self.get("vcs.time")?);
        let digits: String = time.chars().filter(char::is_ascii_digit).take(14).collect();
        (digits.len() == 14).then(|| format!("v0.0.0-{digits}-{revision}"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cataloguers::tests::check;
    use crate::program::tests::{macho, pe};

    const MODULES: &str = "path\ta.org/a/cmd\nmod\ta.org/a\t(devel)\t\ndep\tb.org/b\tv1.0.0\th1:x=\ndep\tc.org/c\tv1.0.0\n=>\td.org/d\tv2.0.0\th1:y=\nbuild\t-compiler=gc\n";

    fn text(out: &mut Vec<u8>, text: &[u8]) {
        let mut len = text.len();
        while len >= 0x80 {
            out.push(u8::try_from(len & 0x7f).unwrap() | 0x80);
            len >>= 7;
        }
        out.push(u8::try_from(len).unwrap());
        out.extend(text);
    }

    fn block() -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend([8, 2]);
        out.resize(32, 0);
        text(&mut out, b"go1.21.5 X:nocoverageredesign");
        text(&mut out, format!("{}{MODULES}{}", "x".repeat(16), "y".repeat(16)).as_bytes());
        out
    }

    #[test]
    fn modules_are_read_with_their_replacements() {
        let expect = ["a.org/a ", "b.org/b v1.0.0", "d.org/d v2.0.0", "stdlib 1.21.5"];
        check(&CATALOGUER, "a.exe", pe(".data", 0x40_1000, &block()), &expect);
        check(&CATALOGUER, "a", macho("__go_buildinfo", 0x40_1000, &block()), &expect);
        check(&CATALOGUER, "a", elf(".go.buildinfo", &block()), &expect);
        check(&CATALOGUER, "a", elf(".other", &block()), &[]);
    }

    #[test]
    fn programs_without_modules_are_known_by_their_path() {
        let check = |modules: &str, expect: &[&str]| {
            let mut found = Found::default();
            packages("go1.20", modules, &mut found);
            let names: Vec<_> =
                found.packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
            assert_eq!(names, expect, "{modules}");
        };
        check("path\ta.org/a\nbuild\t-ldflags=-X=main.version=1.2\n", &["stdlib 1.20", "a.org/a v1.2"]);
        check(
            "path\ta.org/b/cmd/c\nbuild\t-ldflags=-X=a.org/b/v.Version=1.2\n",
            &["stdlib 1.20", "a.org/b/cmd/c v1.2"],
        );
        check("path\tcommand-line-arguments\ndep\tb.org/b\tv1.0.0\n", &["stdlib 1.20", "b.org/b v1.0.0"]);
    }

    #[test]
    fn directories_in_the_place_of_modules_have_no_version() {
        let modules = "path\ta.org/a\nmod\ta.org/a\t(devel)\t\ndep\tb.org/b\tv1.0.0\n=>\t../b\t(devel)\t\nbuild\t-ldflags=-X=main.version=1.2.3\n";
        let mut found = Found::default();
        packages("go1.20", modules, &mut found);
        let names: Vec<_> =
            found.packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
        assert_eq!(names, ["stdlib 1.20", "a.org/a v1.2.3", "../b "]);
    }

    #[test]
    fn old_programs_have_addresses_of_texts() {
        const BEGIN: u64 = 0x40_1000;
        let modules = format!("{}{MODULES}{}", "x".repeat(16), "y".repeat(16));
        let (version, len) = ("go1.15.2", modules.len() as u64);
        let mut data = MAGIC.to_vec();
        data.extend([8, 0]);
        // Two addresses of headers, and each header has an address and a length.
        data.extend([BEGIN + 32, BEGIN + 48, BEGIN + 64, 8, BEGIN + 72, len].map(u64::to_le_bytes).concat());
        data.extend(version.bytes().chain(modules.bytes()));
        let expect = ["a.org/a ", "b.org/b v1.0.0", "d.org/d v2.0.0", "stdlib 1.15.2"];
        check(&CATALOGUER, "a.exe", pe(".data", BEGIN, &data), &expect);
        check(&CATALOGUER, "a", macho("__go_buildinfo", BEGIN, &data), &expect);
    }

    #[test]
    fn a_main_module_without_a_version_has_that_of_its_build() {
        let check = |settings: &str, expect: &str| {
            let lines = format!("build\t{}\n", settings.replace(';', "\nbuild\t"));
            assert_eq!(Settings::of(&lines).version("a.org/a"), expect, "{settings}");
        };
        check("-ldflags=\"-s -w -X main.version=1.2.3\"", "v1.2.3");
        check("-ldflags=\"-X 'a.org/a/pkg/info.Version=v2.0.0-rc1' -X b.org/b.Version=9.9\"", "v2.0.0-rc1");
        check("-ldflags=-X=main.commit=abc", "");
        check("-ldflags=-X main.buildVersion=1.2.3 -X main.tag=4.5.6", "v1.2.3");
        check(
            "vcs.revision=0123456789abcdef;vcs.time=2024-05-06T07:08:09Z",
            "v0.0.0-20240506070809-0123456789ab",
        );
        check("vcs.revision=0123", "");
    }

    /// A 64-bit ELF file with one section.
    pub(crate) fn elf(name: &str, content: &[u8]) -> Vec<u8> {
        let mut out = b"\x7fELF\x02\x01\x01".to_vec();
        out.resize(64, 0);
        let names = format!("\0{name}\0");
        let (at, len) = (out.len() as u64, content.len() as u64);
        out.extend(content);
        let names_at = out.len() as u64;
        out.extend(names.as_bytes());
        let table = out.len() as u64;
        for (name, offset, size) in [(0u32, 0, 0), (1, at, len), (0, names_at, names.len() as u64)] {
            let mut row = [0; 64];
            row[..4].copy_from_slice(&name.to_le_bytes());
            row[4] = 1;
            row[24..32].copy_from_slice(&offset.to_le_bytes());
            row[32..40].copy_from_slice(&size.to_le_bytes());
            out.extend(row);
        }
        out[40..48].copy_from_slice(&table.to_le_bytes());
        for (at, value) in [(58, 64u16), (60, 3), (62, 2)] {
            out[at..at + 2].copy_from_slice(&value.to_le_bytes());
        }
        out
    }

    #[test]
    fn what_is_cut_is_no_program_and_no_panic() {
        let whole = elf(".go.buildinfo", &block());
        for len in 0..whole.len() {
            let content = Content::of(whole[..len].to_vec());
            let _ = info(&content);
        }
    }
}
