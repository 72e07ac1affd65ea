//! `cooper bake`.

use crate::lab::{Lab, base};

const FILE: &str = r#"
group "default" { targets = ["one", "two", "app"] }
variable "WORD" { default = "hello" }
target "one" {
  context = "context"
  target = "one"
}
target "two" {
  inherits = ["one"]
  target = "two"
  args = { WORD = WORD }
}
target "app" {
  contexts = { base = "target:two", other = "target:one" }
  dockerfile-inline = <<E
FROM base
COPY --from=other /one /copied
RUN cat /two /copied > /both
E
  context = "context"
  output = ["type=local,dest=out"]
}
"#;

#[test]
fn targets_share_their_steps_and_are_made_of_each_other() {
    let Some(lab) = Lab::new() else { return };
    let dockerfile = "FROM busybox AS common\nRUN sleep 1; echo common > /common\nFROM common AS one\nRUN echo 1 > /one\n\
                      FROM common AS two\nARG WORD\nRUN echo $WORD > /two\n";
    lab.file("Dockerfile", dockerfile);
    std::fs::write(lab.path().join("docker-bake.hcl"), FILE).unwrap();
    let base = format!("*.contexts.busybox=oci-layout://{}", base().display());
    let made = lab.run(&["bake", "--progress", "plain", "--var", "WORD=baked", "--set", &base]);
    assert_eq!(made.code, 0, "{}", made.err);
    let both = std::fs::read_to_string(lab.path().join("out/both")).unwrap();
    assert_eq!(both, "baked\n1\n", "{}", made.err);
    // The step that two targets have in common ran in one of them.
    let shown = made.err.lines().filter(|line| line.contains("echo common")).count();
    let cached = made.err.lines().filter(|line| line.ends_with("CACHED")).count();
    assert!(shown >= 2 && cached >= 1, "{}", made.err);

    let printed = lab.run(&["bake", "--print", "two"]);
    assert!(printed.out.contains("\"WORD\": \"hello\"") && printed.code == 0, "{}", printed.out);
    let wrong = lab.run(&["bake", "--set", "one.target=x", "ones"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `one`"), "{}", wrong.err);
}

#[test]
fn a_file_reaches_outside_of_its_directory_only_with_leave() {
    let Some(lab) = Lab::new() else { return };
    lab.file("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n");
    let write = |text: &str| std::fs::write(lab.path().join("docker-bake.hcl"), text).unwrap();
    write("target \"default\" {\n  context = \"..\"\n}\n");
    let refused = lab.run(&["bake"]);
    assert!(refused.code == 2 && refused.err.contains("--allow fs.read="), "{}", refused.err);
    let allowed = lab.run(&["bake", "--allow", "fs.read=*", "--set", "default.dockerfile=nothing"]);
    assert!(allowed.code != 0 && !allowed.err.contains("--allow"), "{}", allowed.err);
    write("target \"default\" {\n  tags = [\"${NO}\"]\n}\n");
    let broken = lab.run(&["bake"]);
    assert!(broken.code == 2 && broken.err.contains("docker-bake.hcl:2:"), "{}", broken.err);
}
