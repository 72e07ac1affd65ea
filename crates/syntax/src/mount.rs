//! The value of `RUN --mount` (Dockerfile reference, "RUN --mount").

use serde::Serialize;

use crate::csv;
use crate::distance::closest;

/// What a mount gives to a RUN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MountKind {
    /// Files of the context or of an image.
    #[default]
    Bind,
    /// A directory that outlives the build.
    Cache,
    /// Memory.
    Tmpfs,
    /// A secret as a file or a variable.
    Secret,
    /// The socket of an SSH agent.
    Ssh,
}

const KINDS: [(&str, MountKind); 5] = [
    ("bind", MountKind::Bind),
    ("cache", MountKind::Cache),
    ("tmpfs", MountKind::Tmpfs),
    ("secret", MountKind::Secret),
    ("ssh", MountKind::Ssh),
];

const KEYS: &[&str] = &[
    "type",
    "from",
    "source",
    "target",
    "readonly",
    "id",
    "sharing",
    "required",
    "mode",
    "uid",
    "gid",
    "size",
    "env",
    "src",
    "dst",
    "destination",
    "ro",
    "rw",
    "readwrite",
];

impl MountKind {
    /// Its name in `type=`.
    pub fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A mount as written: what is not given is `None`, so that defaults are the choice of who uses it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Mount {
    /// What it gives.
    pub kind: MountKind,
    /// Where it is mounted.
    pub target: Option<String>,
    /// Path within what is mounted; another name of `id` for secrets.
    pub source: Option<String>,
    /// Stage, named context or image whose files are mounted.
    pub from: Option<String>,
    /// Name of the cache, the secret or the agent.
    pub id: Option<String>,
    /// Whether it cannot be written to. Without it caches and tmpfs can be written to, and others cannot.
    pub readonly: Option<bool>,
    /// `shared`, `private` or `locked`.
    pub sharing: Option<String>,
    /// Permission bits.
    pub mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
    /// Size limit in bytes.
    pub size: Option<u64>,
    /// Whether a secret or an agent that is not lent is an error.
    pub required: bool,
    /// Variable that gets the secret.
    pub env: Option<String>,
}

impl Mount {
    /// Whether it cannot be written to, with the default of its kind.
    pub fn is_readonly(&self) -> bool {
        self.readonly.unwrap_or(!matches!(self.kind, MountKind::Cache | MountKind::Tmpfs))
    }
}

/// Reads the value of `--mount`. The values of all keys but `from` go through `expand`, which replaces variables.
/// The error is a lowercase fragment.
pub fn parse_mount(
    raw: &str,
    expand: &mut dyn FnMut(&str) -> Result<String, String>,
) -> Result<Mount, String> {
    let mut mount = Mount::default();
    for field in csv::fields(raw).map_err(|error| format!("malformed mount `{raw}`: {error}"))? {
        match field.split_once('=') {
            None => mount.switch(&field)?,
            Some((key, value)) => {
                let key = key.to_ascii_lowercase();
                let value = if key == "from" { literal(value)? } else { expand(value)? };
                mount.set(&key, value, &field)?;
            }
        }
    }
    mount.validate()?;
    Ok(mount)
}

/// The value of `from`, in which variables are not replaced.
fn literal(value: &str) -> Result<String, String> {
    if value.find('$').is_some_and(|at| at + 1 < value.len()) {
        return Err(
            "`from` of a mount does not support variables: define a stage `FROM … AS name` for it".into()
        );
    }
    Ok(value.to_owned())
}

impl Mount {
    /// A key without a value.
    fn switch(&mut self, field: &str) -> Result<(), String> {
        match field.to_ascii_lowercase().as_str() {
            "readonly" | "ro" => self.readonly = Some(true),
            "readwrite" | "rw" => self.readonly = Some(false),
            key @ "required" => {
                self.only(key, &[MountKind::Secret, MountKind::Ssh])?;
                self.required = true;
            }
            _ => return Err(format!("invalid field `{field}` of a mount: it must be a `key=value` pair")),
        }
        Ok(())
    }

    fn only(&self, key: &str, kinds: &[MountKind]) -> Result<(), String> {
        if kinds.contains(&self.kind) {
            return Ok(());
        }
        Err(format!("unexpected key `{key}` for mount type `{}`", self.kind.name()))
    }

    fn set(&mut self, key: &str, value: String, field: &str) -> Result<(), String> {
        let text = |value: String| Some(value).filter(|value| !value.is_empty());
        match key {
            "type" => self.kind = kind(&value)?,
            "from" => self.from = text(value),
            "source" | "src" => self.source = text(value),
            "target" | "dst" | "destination" => self.target = text(value),
            "readonly" | "ro" => self.readonly = Some(boolean(key, &value)?),
            "readwrite" | "rw" => self.readonly = Some(!boolean(key, &value)?),
            "id" => self.id = text(value),
            "sharing" => self.sharing = Some(sharing(&value)?),
            "mode" => self.mode = Some(number(key, &value, 8)?),
            "uid" => self.uid = Some(number(key, &value, 10)?),
            "gid" => self.gid = Some(number(key, &value, 10)?),
            _ => return self.set_of_kind(key, value, field),
        }
        Ok(())
    }

    /// The keys that depend on the type given before them.
    fn set_of_kind(&mut self, key: &str, value: String, field: &str) -> Result<(), String> {
        match key {
            "required" => {
                self.only(key, &[MountKind::Secret, MountKind::Ssh])?;
                self.required = boolean(key, &value)?;
            }
            "size" => {
                self.only(key, &[MountKind::Tmpfs])?;
                self.size = Some(size(&value).ok_or_else(|| invalid(key, &value))?);
            }
            "env" => {
                self.only(key, &[MountKind::Secret])?;
                self.env = Some(value);
            }
            _ => {
                let near = closest(key, KEYS.iter().copied());
                let hint = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
                return Err(format!("unexpected key `{key}` in `{field}`{hint}"));
            }
        }
        Ok(())
    }

    fn validate(&self) -> Result<(), String> {
        let name = self.kind.name();
        if matches!(self.kind, MountKind::Bind | MountKind::Tmpfs) {
            let given = [("mode", self.mode), ("uid", self.uid), ("gid", self.gid)];
            if let Some((key, _)) = given.iter().find(|(_, value)| value.is_some()) {
                return Err(format!("`{key}` is not allowed for `{name}` mounts"));
            }
        }
        if self.sharing.is_some() && self.kind != MountKind::Cache {
            return Err(format!("`sharing` is not allowed for `{name}` mounts"));
        }
        if self.kind != MountKind::Secret {
            return Ok(());
        }
        match (&self.from, &self.source, &self.id, &self.target) {
            (Some(_), ..) => Err("a secret mount cannot have a `from`".to_owned()),
            (_, None, None, None) => Err("a secret mount needs an `id`, a `source` or a `target`".to_owned()),
            (_, Some(_), Some(_), _) => Err("a secret mount cannot have both `source` and `id`".to_owned()),
            _ => Ok(()),
        }
    }
}

fn kind(value: &str) -> Result<MountKind, String> {
    let lower = value.to_ascii_lowercase();
    let found = KINDS.iter().find(|(name, _)| *name == lower).map(|(_, kind)| *kind);
    found.ok_or_else(|| {
        let near = closest(&lower, KINDS.iter().map(|(name, _)| *name));
        let hint = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        format!("unsupported mount type `{value}`{hint}")
    })
}

fn sharing(value: &str) -> Result<String, String> {
    let lower = value.to_ascii_lowercase();
    if matches!(lower.as_str(), "shared" | "private" | "locked") {
        return Ok(lower);
    }
    Err(format!("unsupported sharing value `{value}`: use `shared`, `private` or `locked`"))
}

fn invalid(key: &str, value: &str) -> String {
    format!("invalid value `{value}` for `{key}` of a mount")
}

fn number(key: &str, value: &str, radix: u32) -> Result<u32, String> {
    let digits = !value.starts_with('+');
    u32::from_str_radix(value, radix).ok().filter(|_| digits).ok_or_else(|| invalid(key, value))
}

fn boolean(key: &str, value: &str) -> Result<bool, String> {
    truth(value).ok_or_else(|| invalid(key, value))
}

/// A truth value as Go reads it.
pub(crate) fn truth(value: &str) -> Option<bool> {
    match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Bytes of `64m`, `1.5GiB` and the like; units are powers of 1024.
fn size(text: &str) -> Option<u64> {
    let end = text.find(|ch: char| !ch.is_ascii_digit() && ch != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let suffix = suffix.strip_prefix(' ').unwrap_or(suffix).to_ascii_lowercase();
    let letter = suffix.strip_suffix('b').unwrap_or(&suffix);
    let power = match letter.strip_suffix('i').filter(|rest| !rest.is_empty()).unwrap_or(letter) {
        "" => 0,
        "k" => 1,
        "m" => 2,
        "g" => 3,
        "t" => 4,
        "p" => 5,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let fraction = &fraction[..fraction.len().min(9)];
    let unit = 1024_u128.pow(power);
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let whole = u128::from(whole.parse::<u64>().ok()?) * unit;
    u64::try_from(whole + u128::from(fraction.parse::<u64>().ok()?) * unit / scale).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expect: &Mount) {
        let mut expand = |text: &str| Ok(text.replace("$X", "cache"));
        assert_eq!(parse_mount(raw, &mut expand).as_ref(), Ok(expect), "{raw}");
    }

    fn fails(raw: &str, expect: &str) {
        let error = parse_mount(raw, &mut |text| Ok(text.to_owned())).unwrap_err();
        assert!(error.contains(expect), "{raw}: {error}");
    }

    #[test]
    fn keys_of_all_types_are_read() {
        let some = |text: &str| Some(text.to_owned());
        check("target=/a", &Mount { target: some("/a"), ..Mount::default() });
        let bind = Mount { from: some("base"), source: some("x"), readonly: Some(false), ..Mount::default() };
        check("FROM=base,src=x,rw", &bind);
        let cache = Mount {
            kind: MountKind::Cache,
            target: some("/c"),
            id: some("cache"),
            sharing: some("locked"),
            mode: Some(0o700),
            uid: Some(1),
            gid: Some(2),
            ..Mount::default()
        };
        check("type=$X,dst=/c,id=$X,sharing=LOCKED,mode=0700,uid=1,gid=2", &cache);
        let tmpfs =
            Mount { kind: MountKind::Tmpfs, target: some("/t"), size: Some(64 << 20), ..Mount::default() };
        check("type=tmpfs,target=/t,size=64m", &tmpfs);
        let secret = Mount {
            kind: MountKind::Secret,
            id: some("s"),
            env: some("E"),
            required: true,
            ..Mount::default()
        };
        check("type=secret,id=s,env=E,required", &secret);
        check("type=ssh", &Mount { kind: MountKind::Ssh, ..Mount::default() });
        check("\"target=/a,b\"", &Mount { target: some("/a,b"), ..Mount::default() });
    }

    #[test]
    fn what_buildkit_refuses_is_refused() {
        fails("type=bnd", "did you mean `bind`");
        fails("taget=/a", "did you mean `target`");
        fails("target", "`key=value`");
        fails("type=secret", "needs an `id`");
        fails("type=secret,id=a,source=b", "both");
        fails("type=secret,id=a,from=b", "`from`");
        fails("from=$X", "does not support variables");
        fails("mode=0700", "not allowed");
        fails("sharing=shared", "not allowed");
        fails("required", "unexpected key `required`");
        fails("type=cache,size=1", "unexpected key `size`");
        fails("ro=maybe", "invalid value");
        fails("type=cache,mode=9", "invalid value");
        fails("a\"b", "malformed");
    }

    #[test]
    fn sizes_have_binary_units() {
        for (text, expect) in [
            ("10", Some(10)),
            ("1k", Some(1024)),
            ("64m", Some(64 << 20)),
            ("1.5GiB", Some(3 << 29)),
            ("2 kb", Some(2048)),
            ("1i", None),
            ("m", None),
            ("-1", None),
            ("1x", None),
        ] {
            assert_eq!(size(text), expect, "{text}");
        }
    }
}
