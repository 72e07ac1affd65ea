//! Files of container-structure-test: whatever their bytes, reading one ends, and as YAML and as JSON it is either a document or an
//! error with a line of the file.

use structure::Document;

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "structure_file",
    run,
    seeds: &[
        "schemaVersion: 2.0.0\ncommandTests:\n- name: a\n  command: b\n  args: [c]\n  expectedOutput: ['^x$']\n",
        "schemaVersion: '1.0.0'\nfileExistenceTests: [{name: a, path: /, uid: 0}]\n",
        "{\"schemaVersion\":\"2.0.0\",\"metadataTest\":{\"env\":[{\"key\":\"a\",\"value\":\"b\"}]}}",
        "a: &a [x]\nb: *a\n",
    ],
    words: &[
        "schemaVersion: 2.0.0\n",
        "commandTests:\n",
        "fileContentTests:\n",
        "licenseTests:\n",
        "metadataTest:\n",
        "containerRunOptions:\n",
        "- name: ",
        "path: ",
        "&a",
        "*a",
        "[",
        "{",
        "|\n",
        "~",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Err(problem) = Document::of_yaml(&text) {
        assert!(problem.line <= text.lines().count() + 1, "{problem}");
    }
    let _ = Document::of_json(&text);
}
