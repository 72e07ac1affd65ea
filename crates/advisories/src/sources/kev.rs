//! Vulnerabilities that are known to be used in attacks (CISA, "Known Exploited Vulnerabilities Catalog"), with the day on which each was
//! put on the list.

use serde::Deserialize;

use super::{Source, json_with};
use crate::attacks::EXPLOITED;
use crate::import::Sink;

pub(crate) static SOURCE: Source = Source {
    name: "kev",
    title: "catalogue of known exploited vulnerabilities",
    knows: |_, bytes| json_with(bytes, "catalogVersion") && json_with(bytes, "vulnerabilities"),
    read,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Catalogue {
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "cveID")]
    id: String,
    #[serde(default, rename = "dateAdded")]
    added: String,
}

fn read(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), String> {
    let catalogue: Catalogue = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    catalogue.vulnerabilities.into_iter().for_each(|entry| sink.note(EXPLOITED, &entry.id, entry.added));
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::attacks::EXPLOITED;
    use crate::sources::tests::noted;

    #[test]
    fn entries_have_the_day_since_which_they_are_there() {
        let text = r#"{"title": "x", "catalogVersion": "2025", "vulnerabilities": [{"cveID": "CVE-2021-44228", "dateAdded": "2021-12-10"}]}"#;
        assert_eq!(noted("kev.json", text, EXPLOITED, "CVE-2021-44228"), ["2021-12-10"]);
    }
}
