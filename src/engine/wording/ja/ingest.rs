//! Japanese: what a text message was taken for.

/// `None`: for nothing.
pub(crate) fn taken(service: Option<&str>) -> String {
    match service {
        Some(service) => {
            format!("{service}についてのSMSとして受け取りました。本文は残していません。")
        }
        None => "見守りに関わる内容はありませんでした。SMSの本文は残していません。".to_owned(),
    }
}
