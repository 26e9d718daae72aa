//! Writes one mail of a story.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use jiff::{ToSpan, Zoned};

use crate::demo::compose::{Letter, compose};
use crate::demo::story::file::{Draft, Mail};
use crate::demo::story::fill::{Missing, fill};
use crate::demo::story::{Story, StoryError, StoryMail};
use crate::engine::wording::Language;

/// Which mail in which language, and when.
pub(crate) struct Place {
    pub(crate) language: Language,
    /// The place in the file, counted from 0.
    pub(crate) number: usize,
    /// Which copy, counted from 1.
    pub(crate) copy: u32,
    pub(crate) at: Zoned,
}

impl Story {
    /// Fills a mail's draft with its fields and writes it down.
    pub(crate) fn write(&self, mail: &Mail, place: &Place) -> Result<StoryMail, StoryError> {
        let (draft, span) = self.draft(mail, place.language)?;
        let given = given_fields(mail, place.language);
        let mut fields = fields_of_the_moment(mail, place);
        fields.extend(given.clone());
        let mut used = BTreeSet::new();
        let mut filled = |text: &str| {
            fill(text, &fields, &mut used).map_err(|Missing(name)| {
                let what =
                    format!("the mail has no field \"{name}\"; give it in `fields`, `ja` or `en`");
                self.error(span.clone(), what)
            })
        };
        let one_line = |text: String| text.replace(['\r', '\n'], " ");
        let from_name = one_line(filled(&draft.from_name)?);
        let from_address = one_line(filled(&draft.from_address)?);
        let subject = one_line(filled(&draft.subject)?);
        let text = filled(&draft.text)?;
        let html = draft.html.as_deref().map(&mut filled).transpose()?;
        if let Some(name) = given.keys().find(|name| !used.contains(*name)) {
            let what = format!("the mail has no place for the field \"{name}\"");
            return Err(self.error(span, what));
        }
        let domain = from_address
            .rsplit_once('@')
            .map(|(_, domain)| domain.to_owned())
            .filter(|_| from_address.is_ascii() && !from_address.contains([' ', '<', '>']))
            .ok_or_else(|| {
                let what = "the mail's from_address is no mail address".to_owned();
                self.error(span.clone(), what)
            })?;
        let message_id = format!(
            "{}.{}.{}@{domain}",
            place.at.timestamp().as_second(),
            place.number,
            place.copy
        );
        let letter = Letter {
            from_name,
            from_address,
            to: self.person().to_owned(),
            subject,
            text,
            html,
            charset: draft.charset,
            date: place.at.clone(),
            message_id,
            stamp: draft.stamp,
            authserv_id: self.authserv_id().to_owned(),
        };
        let bytes = compose(&letter).map_err(|error| self.error(span, error.to_string()))?;
        Ok(StoryMail {
            sender: letter.from_name,
            subject: letter.subject,
            message_id: letter.message_id,
            bytes,
        })
    }

    fn draft<'a>(
        &'a self,
        mail: &'a Mail,
        language: Language,
    ) -> Result<(&'a Draft, Range<usize>), StoryError> {
        match (&mail.template, &mail.inline) {
            (Some(name), None) => {
                let texts = self.file.template.get(name.get_ref()).ok_or_else(|| {
                    let known: Vec<&str> = self.file.template.keys().map(String::as_str).collect();
                    let what = format!(
                        "there is no template \"{}\"; there are: {}",
                        name.get_ref(),
                        known.join(", ")
                    );
                    self.error(name.span(), what)
                })?;
                Ok((texts.get(language), name.span()))
            }
            (None, Some(texts)) => Ok((texts.get_ref().get(language), texts.span())),
            (Some(_), Some(_)) | (None, None) => {
                let what = "a mail has either `template` or `inline`".to_owned();
                Err(self.error(mail.after.span(), what))
            }
        }
    }
}

/// What the file gives: a language's own field goes before the common one.
fn given_fields(mail: &Mail, language: Language) -> BTreeMap<String, String> {
    let mut fields = mail.fields.clone();
    let own = match language {
        Language::Ja => &mail.ja,
        Language::En => &mail.en,
    };
    fields.extend(own.clone());
    fields
}

/// What every mail may use: `{copy}`, `{vary}`, `{sent_at}`, `{in_two_days}`.
fn fields_of_the_moment(mail: &Mail, place: &Place) -> BTreeMap<String, String> {
    let vary = mail.repeat.as_ref().and_then(|repeat| {
        let values = repeat.get_ref().vary.get(place.language);
        let turn = usize::try_from(place.copy).ok()?.checked_sub(1)?;
        values.get(turn.checked_rem(values.len())?).cloned()
    });
    let (sent_at, day) = match place.language {
        Language::Ja => ("%Y年%m月%d日 %H:%M", "%-m月%-d日"),
        Language::En => ("%B %-d, %Y %H:%M", "%A, %B %-d"),
    };
    let later = place.at.checked_add(2.days());
    let later = later.unwrap_or_else(|_| place.at.clone());
    let mut fields = BTreeMap::from([
        ("copy".to_owned(), place.copy.to_string()),
        ("sent_at".to_owned(), place.at.strftime(sent_at).to_string()),
        ("in_two_days".to_owned(), later.strftime(day).to_string()),
    ]);
    if let Some(vary) = vary {
        fields.insert("vary".to_owned(), vary);
    }
    fields
}
