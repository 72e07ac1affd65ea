//! The value of `RUN --device` (Dockerfile reference, "RUN --device").

use serde::Serialize;

use crate::csv;
use crate::distance::closest;

const KEYS: &[&str] = &["name", "required"];
/// Spellings of truth values, as Go's `strconv.ParseBool` has them.
const TRUTHS: [(&str, bool); 12] = [
    ("1", true),
    ("t", true),
    ("T", true),
    ("true", true),
    ("TRUE", true),
    ("True", true),
    ("0", false),
    ("f", false),
    ("F", false),
    ("false", false),
    ("FALSE", false),
    ("False", false),
];

/// A device of the Container Device Interface that a step asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Device {
    /// `vendor/class`, or `vendor/class=name`.
    pub name: String,
    /// Whether the step fails where the device is not there.
    pub required: bool,
}

/// Reads the value of a `--device`: `name=…` and `required`, where the first field that is neither is the name.
pub fn parse_device(text: &str) -> Result<Device, String> {
    let mut device = Device::default();
    for field in csv::fields(text)? {
        let (key, value) =
            field.split_once('=').map_or((field.as_str(), None), |(key, value)| (key, Some(value)));
        match (key.to_lowercase().as_str(), value) {
            ("required", None) => device.required = true,
            ("required", Some(value)) => {
                let known = TRUTHS.iter().find(|(text, _)| *text == value);
                device.required =
                    known.ok_or_else(|| format!("`{value}` is neither true nor false in `{field}`"))?.1;
            }
            ("name", Some(_)) if !device.name.is_empty() => {
                return Err(format!("the device has the name `{}` already", device.name));
            }
            ("name", Some(value)) => value.clone_into(&mut device.name),
            _ if device.name.is_empty() => device.name = field,
            (_, None) => return Err(format!("`{field}` has to be a `key=value` pair")),
            (key, Some(_)) => {
                let hint = closest(key, KEYS.iter().copied())
                    .map(|near| format!("; did you mean `{near}`?"))
                    .unwrap_or_default();
                return Err(format!("`{key}` in `{field}` is no key of a device{hint}"));
            }
        }
    }
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_whether_they_are_required() {
        for (text, name, required) in [
            ("vendor1.com/device", "vendor1.com/device", false),
            ("vendor1.com/device=foo", "vendor1.com/device=foo", false),
            ("vendor1.com/device,required", "vendor1.com/device", true),
            ("name=vendor1.com/device=foo,required=true", "vendor1.com/device=foo", true),
            ("NAME=a/b,REQUIRED=0", "a/b", false),
            ("required,a/b=*", "a/b=*", true),
            ("\"a/b\",required=T", "a/b", true),
            ("foo=bar", "foo=bar", false),
            ("name=", "", false),
            ("name", "name", false),
        ] {
            assert_eq!(parse_device(text), Ok(Device { name: name.into(), required }), "{text}");
        }
    }

    #[test]
    fn what_is_none_is_said() {
        for (text, expect) in [
            ("a/b,c", "`c` has to be a `key=value` pair"),
            ("a/b,name=c", "the device has the name `a/b` already"),
            (
                "a/b,requird=true",
                "`requird` in `requird=true` is no key of a device; did you mean `required`?",
            ),
            ("a/b,x=y", "`x` in `x=y` is no key of a device"),
            ("a/b,required=yes", "`yes` is neither true nor false in `required=yes`"),
            ("a\"b", "bare `\"` in the field `a\"b`"),
        ] {
            assert_eq!(parse_device(text).unwrap_err(), expect, "{text}");
        }
    }
}
