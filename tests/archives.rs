//! Mails on the disk: what is found, when it arrived, and that a huge one needs little memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;

use mailward::engine::message::RawMail;
use mailward::io::archives::{self, ArchiveError, FETCH_LIMIT};

fn read(path: &Path) -> Vec<RawMail> {
    archives::open(path).unwrap().map(Result::unwrap).collect()
}

fn sources(path: &Path) -> Vec<String> {
    read(path).into_iter().map(|mail| mail.source).collect()
}

fn write(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn mail(received: &str, date: &str) -> String {
    format!("Received: from a by b; {received}\nDate: {date}\nSubject: x\n\nbody\n")
}

#[test]
fn an_mbox_counts_from_one_and_ends_without_a_newline() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "all.mbox",
        "From a@example.com Sun Nov 22 01:00:00 2026\nSubject: 1\n\n>From quoted\n\n\
         From a@example.com Sun Nov 22 02:00:00 2026\nSubject: 2\n\nend",
    );
    let mails = read(&path);
    assert_eq!(sources(&path), ["all.mbox#1", "all.mbox#2"]);
    assert!(String::from_utf8_lossy(&mails[0].bytes).contains("\nFrom quoted\n"));
    assert!(mails[1].bytes.ends_with(b"end"));
    assert_eq!(mails[1].full_size, 15);
}

#[test]
fn an_empty_mbox_holds_nothing_and_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read(&write(folder.path(), "empty.mbox", "")).is_empty());
    assert!(read(folder.path()).is_empty());
}

#[test]
fn the_arrival_is_never_a_files_time() {
    let folder = tempfile::tempdir().unwrap();
    let arrival = |path: &Path| read(path)[0].arrived_at.to_string();
    let date = "Sat, 21 Nov 2026 03:00:00 +0000";
    let both = mail("Sat, 21 Nov 2026 12:00:05 +0900", date);

    assert_eq!(
        arrival(&write(folder.path(), "1.eml", &both)),
        "2026-11-21T03:00:05Z"
    );
    let only_date = format!("Date: {date}\n\nbody\n");
    assert_eq!(
        arrival(&write(folder.path(), "2.eml", &only_date)),
        "2026-11-21T03:00:00Z"
    );
    let from_line = format!("From a@b Sun Nov 22 01:00:00 2026\n{only_date}");
    assert_eq!(
        arrival(&write(folder.path(), "3.mbox", &from_line)),
        "2026-11-22T01:00:00Z"
    );
    let maildir = folder.path().join("maildir");
    // 1795309323 is 2026-11-22T01:02:03Z.
    write(&maildir, "cur/1795309323.M1P1.host:2,S", &only_date);
    assert_eq!(arrival(&maildir), "2026-11-22T01:02:03Z");
    let undated = write(folder.path(), "4.eml", "Subject: x\n\nbody\n");
    assert_eq!(arrival(&undated), "1970-01-01T00:00:00Z");
}

#[test]
fn a_maildir_is_read_with_its_subfolders_but_not_sent_drafts_and_junk() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let text = mail(
        "Sat, 21 Nov 2026 03:00:00 +0000",
        "Sat, 21 Nov 2026 03:00:00 +0000",
    );
    for name in [
        "cur/20.a:2,S",
        "new/10.b",
        "tmp/5.c",
        ".Shops/cur/30.d:2,",
        ".Shops.Sent/cur/31.e:2,",
        ".Sent/cur/40.f:2,S",
        ".Drafts/cur/41.g:2,D",
        ".Junk/new/42.h",
        "Trash/cur/50.i:2,",
        "Junk/cur/51.j:2,",
        "dovecot-uidlist",
        "cur/.hidden",
    ] {
        write(root, name, &text);
    }
    assert_eq!(
        sources(root),
        [
            "new/10.b",
            "cur/20.a:2,S",
            ".Shops/cur/30.d:2,",
            "Trash/cur/50.i:2,"
        ]
    );
}

#[test]
fn a_folder_of_mails_is_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "b.eml", "Subject: b\n\n");
    write(root, "a.EML", "Subject: a\n\n");
    write(
        root,
        "deep/c.mbox",
        "From a Sun Nov 22 01:00:00 2026\nSubject: c\n\n",
    );
    write(
        root,
        "INBOX",
        "From a Sun Nov 22 01:00:00 2026\nSubject: d\n\n",
    );
    write(root, "notes.txt", "no mail");
    write(root, "README", "no mail");
    assert_eq!(
        sources(root),
        ["INBOX#1", "a.EML", "b.eml", "deep/c.mbox#1"]
    );
}

#[test]
fn a_file_that_says_nothing_about_itself_is_one_mail() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(
        folder.path(),
        "message",
        "Subject: x\r\n\r\nFrom a Sun Nov 22 01:00:00 2026\r\n",
    );
    assert_eq!(sources(&path), ["message"]);
}

#[test]
fn an_unreadable_mail_is_told_and_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a.eml", "");
    write(root, "b.eml", "Subject: b\n\n");
    let results: Vec<_> = archives::open(root).unwrap().collect();
    assert_eq!(results.len(), 2);
    let error = results[0]
        .as_ref()
        .err()
        .expect("an empty mail")
        .to_string();
    assert_eq!(error, "a.eml: the file is empty");
    assert_eq!(results[1].as_ref().unwrap().source, "b.eml");
}

#[test]
fn a_path_that_is_not_there_is_told() {
    let error = archives::open(Path::new("/nowhere/at/all.mbox"))
        .err()
        .expect("an error");
    assert!(matches!(error, ArchiveError::Missing { .. }));
}

#[cfg(unix)]
#[test]
fn a_folder_that_contains_itself_ends() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "a.eml", "Subject: a\n\n");
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    assert_eq!(sources(folder.path()), ["a.eml"]);
}

#[test]
fn fifty_megabytes_of_attachment_are_counted_but_not_kept() {
    const SIZE: usize = 50 * 1024 * 1024;
    let folder = tempfile::tempdir().unwrap();
    let head = "From a Sun Nov 22 01:00:00 2026\nSubject: big\n\n";
    let tail = "\n\nFrom a Sun Nov 22 02:00:00 2026\nSubject: small\n\nend\n";
    // Once as lines of base64, once as a single line without an end.
    for (name, line) in [
        ("lines.mbox", vec![b'A'; 76]),
        ("line.mbox", vec![b'A'; 1024]),
    ] {
        let path = folder.path().join(name);
        let mut file = std::io::BufWriter::new(fs::File::create(&path).unwrap());
        file.write_all(head.as_bytes()).unwrap();
        let newline = name == "lines.mbox";
        for _ in 0..SIZE / line.len() {
            file.write_all(&line).unwrap();
            if newline {
                file.write_all(b"\n").unwrap();
            }
        }
        file.write_all(tail.as_bytes()).unwrap();
        file.into_inner().unwrap();
        let mails = read(&path);
        assert_eq!(mails.len(), 2, "{name}");
        assert_eq!(mails[0].bytes.len(), FETCH_LIMIT, "{name}");
        assert!(mails[0].bytes.capacity() <= 2 * FETCH_LIMIT, "{name}");
        assert!(
            mails[0].full_size >= u64::try_from(SIZE - 1024).unwrap(),
            "{name}"
        );
        assert!(mails[1].bytes.starts_with(b"Subject: small"), "{name}");
    }
    let path = folder.path().join("one.eml");
    fs::write(&path, vec![b'A'; SIZE]).unwrap();
    let mails = read(&path);
    assert_eq!(
        (mails[0].bytes.len(), mails[0].full_size),
        (FETCH_LIMIT, SIZE as u64)
    );
}

/// One mail as a careful writer puts it into an mbox.
fn quoted(body: &[String]) -> String {
    let mut text = "From a@example.com Sun Nov 22 01:00:00 2026\nSubject: x\n\n".to_owned();
    for line in body {
        if line.trim_start_matches('>').starts_with("From ") {
            text.push('>');
        }
        text.push_str(line);
        text.push('\n');
    }
    text.push('\n');
    text
}

proptest::proptest! {
    /// Whatever the bodies say, an mbox that was written properly gives back the same mails.
    #[test]
    fn what_was_written_is_read_back(
        bodies in proptest::collection::vec(
            proptest::collection::vec("(>{0,2}From .{0,20}Sun Nov 22 01:00:00 2026|[^\n\r]{0,30})", 0..6),
            0..6,
        )
    ) {
        let folder = tempfile::tempdir().unwrap();
        let text: String = bodies.iter().map(|body| quoted(body)).collect();
        let mails = read(&write(folder.path(), "x.mbox", &text));
        proptest::prop_assert_eq!(mails.len(), bodies.len());
        for (mail, body) in mails.iter().zip(&bodies) {
            let expected = format!("Subject: x\n\n{}\n", [body.as_slice(), &[String::new()]].concat().join("\n"));
            proptest::prop_assert_eq!(String::from_utf8_lossy(&mail.bytes), expected);
        }
    }

    /// Any bytes at all are some mails, and each is counted whole.
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400), from in proptest::bool::ANY) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.mbox");
        let start: &[u8] = if from { b"From " } else { b"" };
        fs::write(&path, [start, &bytes].concat()).unwrap();
        for mail in archives::open(&path).unwrap() {
            let mail = mail.unwrap();
            proptest::prop_assert_eq!(mail.full_size, mail.bytes.len() as u64);
        }
    }
}
