//! Values of `--mount` and options of `# check=`.

use crate::Target;

pub(crate) static TARGET: Target = Target {
    name: "mount",
    run,
    seeds: &[
        "type=cache,id=a,target=/x,sharing=locked,mode=0755,uid=1,gid=2",
        "type=secret,id=a,env=B,required",
        "type=bind,from=a,source=/b,dst=c,rw",
        "type=tmpfs,target=/t,size=64m",
        "skip=A,B;error=true;experimental=all",
    ],
    words: &[
        "type=", "bind", "cache", "tmpfs", "secret", "ssh", "target=", "source=", "from=", "id=", "sharing=",
        "mode=", "uid=", "size=", "1.5g", "required", "ro", "rw=", "env=", ",", "\"", "=", ";", "skip=",
        "error=", "true",
    ],
};

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let _ = syntax::parse_mount(&text, &mut |word| Ok(word.to_owned()));
    let _ = syntax::CheckOptions::parse(&text);
}
