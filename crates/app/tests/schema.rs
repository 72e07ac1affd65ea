//! The schema of `cooper.toml` in `docs/schema` is the one that the code makes.

use std::path::Path;

#[test]
fn the_schema_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema/cooper-toml.json");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let expect = format!("{:#}\n", cooper_app::schema::cooper_toml());
    assert_eq!(text, expect, "run `cargo run -q -p cooper-xtask -- docs` and commit docs/schema");
}
