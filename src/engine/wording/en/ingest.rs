//! English: what a text message was taken for.

/// `None`: for nothing.
pub(crate) fn taken(service: Option<&str>) -> String {
    match service {
        Some(service) => format!("Taken as a message about {service}. What it says is not kept."),
        None => {
            "This message says nothing that mailward watches for. Nothing of it is kept.".to_owned()
        }
    }
}
