//! Names of users and groups, as the `/etc/passwd` and `/etc/group` of an image have them.

/// Numeric identity of a process or the owner of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// User number.
    pub uid: u32,
    /// Group number.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// Home directory.
    pub home: Option<String>,
}

/// The two files; empty where the image has none.
#[derive(Debug, Default)]
pub(crate) struct UserDb {
    pub(crate) passwd: String,
    pub(crate) group: String,
}

impl UserDb {
    /// Resolves `user[:group]`, where an empty group is that of root. For a process (`login`) the user's own group and supplementary groups count;
    /// for a file a user without a group owns it with the user's number as the group when it is a number, else
    /// with the user's own group (Dockerfile reference, "COPY --chown").
    pub(crate) fn resolve(&self, text: &str, login: bool) -> Result<Owner, String> {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let entry = self.user(user);
        let mut owner = match (&entry, user.parse::<u32>()) {
            (Some(fields), _) => self.owner_of(fields, login),
            (None, Ok(uid)) => Owner { uid, gid: if login { 0 } else { uid }, ..Owner::default() },
            (None, Err(_)) if matches!(user, "" | "root") => {
                let home = self.user("0").and_then(|fields| Some((*fields.get(5)?).to_owned()));
                Owner { home: home.filter(|_| login), ..Owner::default() }
            }
            (None, Err(_)) => return Err(missing("user", user, "/etc/passwd")),
        };
        if !login && user.parse::<u32>().is_ok() {
            owner.gid = owner.uid;
        }
        if let Some(group) = group {
            owner.gid = self.group_id(group)?;
            owner.groups = Vec::new();
        }
        Ok(owner)
    }

    fn user(&self, text: &str) -> Option<Vec<&str>> {
        let rows = || {
            self.passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).filter(|row| row.len() > 3)
        };
        rows().find(|row| row[0] == text && !text.is_empty()).or_else(|| rows().find(|row| row[2] == text))
    }

    fn owner_of(&self, fields: &[&str], login: bool) -> Owner {
        let number = |at: usize| fields.get(at).and_then(|text| text.parse().ok()).unwrap_or(0);
        let groups = if login { self.groups_of(fields[0]) } else { Vec::new() };
        Owner { uid: number(2), gid: number(3), groups, home: fields.get(5).map(|text| (*text).to_owned()) }
    }

    fn groups_of(&self, user: &str) -> Vec<u32> {
        let rows = self.group.lines().map(|line| line.split(':').collect::<Vec<_>>());
        rows.filter(|row| row.get(3).is_some_and(|members| members.split(',').any(|member| member == user)))
            .filter_map(|row| row.get(2)?.parse().ok())
            .collect()
    }

    fn group_id(&self, text: &str) -> Result<u32, String> {
        let rows = self.group.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let by_name = rows.filter(|row| row.first() == Some(&text)).find_map(|row| row.get(2)?.parse().ok());
        let known = by_name.or_else(|| text.parse().ok());
        known.or(matches!(text, "" | "root").then_some(0)).ok_or_else(|| missing("group", text, "/etc/group"))
    }
}

fn missing(what: &str, name: &str, file: &str) -> String {
    format!(
        "{what} `{name}` is not in the `{file}` of the stage; create it in a `RUN` before, or use a number"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn db() -> UserDb {
        UserDb {
            passwd: "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:\n".into(),
            group: "root:x:0:\napp:x:1001:\nwheel:x:10:app,other\n".into(),
        }
    }

    #[test]
    fn a_process_gets_the_groups_of_its_user() {
        let owner = db().resolve("app", true).unwrap();
        assert_eq!((owner.uid, owner.gid, owner.groups), (1000, 1001, vec![10]));
        let owner = db().resolve("app:root", true).unwrap();
        assert_eq!((owner.uid, owner.gid, owner.groups), (1000, 0, vec![]));
        let owner = db().resolve("4242", true).unwrap();
        assert_eq!((owner.uid, owner.gid), (4242, 0));
        let root = Owner { home: Some("/root".into()), ..Owner::default() };
        assert_eq!(db().resolve("", true).unwrap(), root);
    }

    #[test]
    fn a_file_of_a_bare_number_has_that_group_too() {
        let check = |text, uid, gid| {
            let owner = db().resolve(text, false).unwrap();
            assert_eq!((owner.uid, owner.gid), (uid, gid), "{text}");
        };
        check("55", 55, 55);
        check("55:66", 55, 66);
        check("app", 1000, 1001);
        check("app:wheel", 1000, 10);
        check("55:", 55, 0);
        check("app:", 1000, 0);
        assert!(db().resolve("nobody", false).is_err());
        let owner = UserDb::default().resolve("root:root", false).unwrap();
        assert_eq!((owner.uid, owner.gid), (0, 0), "root is there without files, too");
        assert!(db().resolve("app:nope", false).is_err());
    }
}
