//! Ordinary builds with lent values raise no alarm.

use std::fmt::Write as _;

use crate::lab::Lab;

/// What is lent: a token, a password that is almost a word, the key file of a service, settings of npm, a private key.
const LENT: &[(&str, &str)] = &[
    ("token", "ghx_9aKd73LmQ0vTz5RwY2eUbN8c"),
    ("password", "Winter!2024"),
    (
        "account",
        "{\n  \"type\": \"service_account\",\n  \"project_id\": \"my-project\",\n  \"private_key_id\": \"4fc0f3a1be27d6680c1f5be0f3f9a7dd3c6f1c0e\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7xK2mPq9vTz1L\\nq3Zs8yv1mYt5w7h0Jc2Xr9KpLd4GfQe6NbUiVoTxAaAAAJh7vQmZe70J1nKd8sWe\\n-----END PRIVATE KEY-----\\n\",\n  \"client_email\": \"builder@my-project.iam.example.com\",\n  \"token_uri\": \"https://oauth2.example.com/token\"\n}\n",
    ),
    (
        "npmrc",
        "registry=https://registry.example.org/\n//registry.example.org/:_authToken=npm_Zk3vB8nQ1wX6rT9yU2\nalways-auth=true\n",
    ),
    (
        "key",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEAu1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gun\nVTLw7onLRnrq0/IzW7yWR7QkrmBL7jTKEn5u+qKhbwKfBstIs+bMY2Zkp18gnTxK\n-----END RSA PRIVATE KEY-----\n",
    ),
];

/// What ordinary Dockerfiles have below their FROM.
const ORDINARY: &[&str] = &[
    "RUN echo hello > /hello",
    "RUN --mount=type=secret,id=token test -s /run/secrets/token",
    "RUN --mount=type=secret,id=token,env=TOKEN test -n \"$TOKEN\"",
    "RUN --mount=type=secret,id=npmrc,target=/home/app/.npmrc test -s /home/app/.npmrc",
    "RUN --mount=type=secret,id=key,target=/home/app/.ssh/id_rsa,mode=0400 test -s /home/app/.ssh/id_rsa",
    "RUN --mount=type=secret,id=account test -s /run/secrets/account && echo GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/account > /env",
    "ENV GOOGLE_APPLICATION_CREDENTIALS=/run/secrets/account NODE_ENV=production",
    "ENV NPM_CONFIG_USERCONFIG=/run/secrets/npmrc NPM_CONFIG_REGISTRY=https://registry.example.org/",
    "ENV PASSWORD_FILE=/run/secrets/password TOKEN_FILE=/run/secrets/token",
    "ENV LANG=C.UTF-8 LC_ALL=C.UTF-8 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
    "LABEL org.opencontainers.image.source=https://git.example.org/my-project org.opencontainers.image.version=1.2.3",
    "LABEL maintainer=builder@my-project.example.com season=Winter year=2024",
    "ARG VERSION=1.2.3\nRUN echo $VERSION > /version",
    "ARG TOKEN_URL=https://oauth2.example.com/token\nRUN echo $TOKEN_URL > /url",
    "ARG REGISTRY=https://registry.example.org/\nRUN echo registry=$REGISTRY > /etc/npmrc",
    "RUN echo app:x:1000:1000::/home/app:/bin/sh >> /etc/passwd\nUSER app\nWORKDIR /home/app",
    "RUN mkdir -p /home/app/.ssh && chmod 700 /home/app/.ssh && echo 'git.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl' > /home/app/.ssh/known_hosts",
    "RUN printf '%s\\n' '-----BEGIN CERTIFICATE-----' MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ '-----END CERTIFICATE-----' > /ca.pem",
    "RUN echo '-----BEGIN RSA PRIVATE KEY-----' > /how-a-key-begins",
    "RUN echo '-----BEGIN PRIVATE KEY-----' | base64 > /begin",
    "COPY <<EOF /etc/app.json\n{\"type\": \"service_account\", \"project_id\": \"my-project\", \"private_key\": \"\"}\nEOF",
    "COPY <<EOF /home/app/.npmrc\nregistry=https://registry.example.org/\n//registry.example.org/:_authToken=${NPM_TOKEN}\nalways-auth=true\nEOF",
    "COPY <<EOF /etc/app.conf\n[db]\nuser = app\npassword_file = /run/secrets/password\ntoken = @TOKEN@\nEOF",
    "COPY app /app\nCMD [\"/app/run\"]",
    "COPY . /src\nRUN tar czf /src.tgz -C /src .",
    "COPY --chown=1:1 app/package.json app/package-lock.json /app/",
    "ADD app.tar.gz /opt/",
    "ADD app.tar.gz /opt/\nRUN rm -rf /opt/app",
    "COPY app.tar.gz /",
    "RUN tar cf /bin.tar /bin && gzip /bin.tar",
    "RUN gzip -c /bin/busybox > /busybox.gz && bzip2 -c /bin/busybox > /busybox.bz2",
    "RUN base64 /bin/busybox | head -c 200000 > /busybox.b64",
    "RUN xxd -p /bin/busybox | head -c 200000 > /busybox.hex",
    "RUN head -c 2000000 /dev/urandom > /random",
    "RUN head -c 400000 /dev/urandom | base64 -w 64 > /random.pem",
    "RUN for i in 1 2 3 4 5 6 7 8; do head -c 20 /dev/urandom | sha256sum; done > /sums",
    "RUN --mount=type=secret,id=token sha256sum /run/secrets/token > /token.sum",
    "RUN --mount=type=secret,id=account sha256sum /run/secrets/account > /account.sum",
    "RUN --mount=type=secret,id=password wc -c < /run/secrets/password > /length",
    "RUN --mount=type=secret,id=token cp /run/secrets/token /tmp/t && rm /tmp/t",
    "RUN --mount=type=secret,id=npmrc cat /run/secrets/npmrc | grep -v _authToken > /etc/npmrc",
    "RUN --mount=type=secret,id=key head -n 1 /run/secrets/key > /kind",
    "RUN --mount=type=secret,id=account grep -e type -e project_id -e client_email -e token_uri /run/secrets/account > /public",
    "RUN --mount=type=cache,target=/home/app/.npm echo cached > /home/app/.npm/x",
    "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked echo x > /var/cache/apt/pkg",
    "RUN --mount=type=bind,source=app,target=/app cp /app/package.json /p.json",
    "RUN --mount=type=tmpfs,target=/tmp --mount=type=secret,id=key cp /run/secrets/key /tmp/id_rsa",
    "RUN <<EOF\nset -e\necho 'Winter is coming in 2024' > /text\necho 'winter2024' >> /text\nEOF",
    "RUN echo 'Winter! It was 2024.' > /text",
    "RUN printf 'WINTER_2024\\nwinter-2024\\nSummer!2024\\n' > /words",
    "RUN echo ghx_ > /prefix; echo npm_ >> /prefix",
    "RUN echo 4fc0f3a1be27d6680c1f5be0f3f9a7dd3c6f1c0e > /key-id",
    "HEALTHCHECK CMD test -s /run/secrets/token",
    "ENTRYPOINT [\"sh\", \"-c\", \"TOKEN=$(cat /run/secrets/token) exec app\"]",
    "ONBUILD RUN --mount=type=secret,id=token true",
    "EXPOSE 8080\nVOLUME /data\nSTOPSIGNAL SIGINT\nCMD [\"app\", \"--token-file\", \"/run/secrets/token\"]",
    "SHELL [\"/bin/sh\", \"-ec\"]\nRUN echo x > /x",
    "RUN ln -s /run/secrets/token /token && ln -s ../secrets/password /etc/password",
    "RUN seq 1 100000 > /numbers",
    "RUN yes 'password token secret key account' | head -n 50000 > /words",
];

fn lab() -> Option<Lab> {
    let lab = Lab::new()?;
    for (name, text) in LENT {
        std::fs::write(lab.path().join(name), text).unwrap();
    }
    lab.file(
        "app/package.json",
        "{\n  \"name\": \"app\",\n  \"version\": \"1.0.0\",\n  \"private\": true\n}\n",
    );
    let integrity =
        "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg==";
    lab.file(
        "app/package-lock.json",
        &format!("{{\"packages\": {{\"a\": {{\"integrity\": \"{integrity}\"}}}}}}\n"),
    );
    lab.file("app/run", "#!/bin/sh\nTOKEN=$(cat /run/secrets/token)\nexec node server.js\n");
    lab.file("app/.env.example", "TOKEN=changeme\nPASSWORD=\nDATABASE_URL=postgres://app:password@db/app\n");
    let mut tar = std::process::Command::new("tar");
    let made = tar.args(["-czf", "app.tar.gz", "app"]).current_dir(lab.context()).status();
    assert!(made.unwrap().success());
    Some(lab)
}

#[test]
fn ordinary_builds_raise_no_alarm() {
    let Some(lab) = lab() else { return };
    let lent: Vec<String> = LENT.iter().map(|(name, _)| format!("--secret=id={name},src={name}")).collect();
    let lent: Vec<&str> = lent.iter().map(String::as_str).collect();
    let mut report = String::new();
    // Each is a stage of a build that needs all of them.
    for (number, group) in ORDINARY.chunks(10).enumerate() {
        let stages = group.iter().enumerate();
        let stages = stages.map(|(at, text)| {
            (format!("FROM busybox AS s{at}\n{text}\n"), format!("COPY --from=s{at} /bin/sh /{at}\n"))
        });
        let (stages, copies): (Vec<_>, Vec<_>) = stages.unzip();
        let text = format!("{}FROM scratch\n{}", stages.concat(), copies.concat());
        let ran = lab.build_with(&text, &lent);
        if ran.code != 0 {
            let _ = writeln!(report, "group {number}\n    {}", ran.err);
        }
    }
    assert!(report.is_empty(), "false alarms:\n{report}");
    assert_eq!(ORDINARY.len(), 60);
}
