//! Which token a connection gets.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use mailward::engine::secret::Secret;
use mailward::io::oauth::access::Access;
use mailward::io::oauth::error::OAuthError;
use mailward::io::oauth::flow::Tokens;
use mailward::io::oauth::kept;
use mailward::io::oauth::registration::Registration;

use crate::flow::Moved;
use crate::server::{Answer, Server, refusal, tokens};

struct Stage {
    _folder: tempfile::TempDir,
    server: Server,
    registration: Registration,
    moved: Moved,
    access: Access,
}

/// Somebody signed in an instant ago; the server answers so from then on.
async fn signed_in(answers: impl IntoIterator<Item = Answer>) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), answers).await;
    let registration = server.registration(&folder.path().join("state"));
    let moved = Moved::new();
    keep(&registration, &moved, "access-1", Some("refresh-1"));
    let access = Access::new(registration.clone(), moved.clock());
    Stage {
        _folder: folder,
        server,
        registration,
        moved,
        access,
    }
}

fn keep(registration: &Registration, moved: &Moved, access: &str, refresh: Option<&str>) {
    let tokens = Tokens {
        access: Secret::new(access.to_owned()),
        refresh: refresh.map(|token| Secret::new(token.to_owned())),
        expires_at: Some((moved.clock())() + jiff::SignedDuration::from_hours(1)),
    };
    kept::write(registration, &tokens).unwrap();
}

impl Stage {
    async fn token(&self) -> String {
        self.access.token().await.unwrap().expose().to_owned()
    }

    async fn error(&self) -> OAuthError {
        let error = self.access.token().await.unwrap_err();
        let text = format!("{error} {error:?}");
        for hidden in ["hunter2", "access-", "refresh-"] {
            assert!(!text.contains(hidden), "{text}");
        }
        error
    }

    fn kept_refresh(&self) -> String {
        let kept = kept::read(&self.registration).unwrap();
        kept.refresh.unwrap().expose().to_owned()
    }
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn a_token_is_used_until_it_is_about_to_end_and_then_refreshed() {
    let stage = signed_in([
        tokens("access-2", Some("refresh-2")),
        tokens("access-3", None),
    ])
    .await;
    assert_eq!(stage.token().await, "access-1");
    stage.moved.by(54 * 60);
    assert_eq!(stage.token().await, "access-1");
    assert!(stage.server.asked().is_empty());
    stage.moved.by(2 * 60);
    assert_eq!(stage.token().await, "access-2");
    assert_eq!(stage.kept_refresh(), "refresh-2");
    let path = kept::path(&stage.registration).unwrap();
    assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
    // A provider that does not rotate: the old one stays.
    stage.moved.by(3_600);
    assert_eq!(stage.token().await, "access-3");
    assert_eq!(stage.kept_refresh(), "refresh-2");
    let asked = stage.server.asked();
    assert!(asked[0].contains("grant_type=refresh_token") && asked[0].contains("refresh-1"));
    assert!(asked[1].contains("refresh-2") && asked.len() == 2);
}

#[tokio::test]
async fn a_token_that_the_mail_server_refused_is_refreshed_though_it_had_not_ended() {
    let stage = signed_in([tokens("access-2", None)]).await;
    assert_eq!(stage.token().await, "access-1");
    stage.access.refused();
    assert_eq!(stage.token().await, "access-2");
    assert_eq!(stage.token().await, "access-2");
    assert_eq!(stage.server.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_refresh_asks_for_a_sign_in_and_is_not_tried_again_before() {
    let stage = signed_in([refusal("invalid_grant"), tokens("access-9", None)]).await;
    stage.moved.by(3_600);
    for _ in 0..3 {
        let error = stage.error().await;
        assert!(error.needs_sign_in() && !error.may_pass());
        assert!(
            error.to_string().ends_with("run: mailward login home"),
            "{error}"
        );
    }
    assert_eq!(stage.server.asked().len(), 1);
    keep(
        &stage.registration,
        &stage.moved,
        "access-5",
        Some("refresh-5"),
    );
    assert_eq!(stage.token().await, "access-5");
}

#[tokio::test]
async fn an_unreachable_server_is_temporary_and_a_token_is_used_to_its_very_end() {
    let stage = signed_in([Answer::Nothing, Answer::Page(503), Answer::Page(503)]).await;
    stage.moved.by(57 * 60);
    assert_eq!(stage.token().await, "access-1");
    stage.moved.by(4 * 60);
    let error = stage.error().await;
    assert!(error.may_pass() && !error.needs_sign_in(), "{error}");
    stage.access.refused();
    assert!(stage.error().await.may_pass());
    stage.server.says_next(tokens("access-2", None));
    assert_eq!(stage.token().await, "access-2");
}

#[tokio::test]
async fn tokens_that_another_process_refreshed_are_taken_over() {
    let stage = signed_in([]).await;
    assert_eq!(stage.token().await, "access-1");
    stage.moved.by(3_600);
    keep(
        &stage.registration,
        &stage.moved,
        "access-2",
        Some("refresh-2"),
    );
    assert_eq!(stage.token().await, "access-2");
    assert!(stage.server.asked().is_empty());
}

#[tokio::test]
async fn tokens_are_never_shown_to_another_client_or_server() {
    let stage = signed_in([]).await;
    let other_client = Registration {
        client_id: "client-2".to_owned(),
        ..stage.registration.clone()
    };
    let other_server = Registration {
        token_url: mailward::io::http::Url::parse("https://login.example.org/token").unwrap(),
        ..stage.registration.clone()
    };
    let other_account = Registration {
        account: "../home".to_owned(),
        ..stage.registration.clone()
    };
    for registration in [other_client, other_server, other_account] {
        let access = Access::new(registration, stage.moved.clock());
        let error = access.token().await.unwrap_err();
        assert!(matches!(error, OAuthError::NotSignedIn { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_or_that_is_broken_is_not_used() {
    let stage = signed_in([]).await;
    let path = kept::path(&stage.registration).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = stage.error().await;
    assert!(error.to_string().contains("chmod 600"), "{error}");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "{\"access_token\": \"hunter2").unwrap();
    assert!(stage.error().await.needs_sign_in());
}
