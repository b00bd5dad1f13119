use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};
use wxlogin_domain::model::PushFields;

use crate::MAX_DEPTH;

pub(crate) fn read(text: &str) -> Option<PushFields> {
    let mut reader = Reader::from_str(text);
    // `Document` compares the names itself, because WeChat's example has `< OpenPID>` with a space.
    reader.config_mut().check_end_names = false;
    let mut document = Document::default();
    loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => document.start(&tag)?,
            Event::Empty(tag) => {
                document.start(&tag)?;
                document.end(&tag)?;
            }
            Event::End(tag) => document.end(&tag)?,
            Event::Text(text) => document.text(&text)?,
            Event::CData(text) => document.text(&text)?,
            Event::GeneralRef(reference) => document.reference(&reference)?,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            // A document type could define entities to expand or fetch.
            Event::DocType(_) => return None,
            Event::Eof => return document.finish(),
        }
    }
}

/// The part of the document that has been read.
#[derive(Default)]
struct Document {
    /// The names of the open elements, outermost first.
    open: Vec<String>,
    /// The text of the current field.
    value: String,
    fields: PushFields,
    /// Whether the root element has ended.
    ended: bool,
}

impl Document {
    /// `tag` is the text between the brackets. Attributes are ignored.
    fn start(&mut self, tag: &str) -> Option<()> {
        let name = name_of(tag)?;
        match self.open.len() {
            0 if self.ended || name != "xml" => return None,
            0 | 1 => self.value.clear(),
            MAX_DEPTH => return None,
            _ => self.value.push(' '),
        }
        self.open.push(name.to_owned());
        Some(())
    }

    fn end(&mut self, tag: &str) -> Option<()> {
        let name = self.open.pop().filter(|open| Some(open.as_str()) == name_of(tag))?;
        match self.open.len() {
            0 => self.ended = true,
            1 => self.fields.add(&name, &self.value),
            _ => self.value.push(' '),
        }
        Some(())
    }

    /// Adds text to the current field. Between fields, only white space is allowed.
    fn text(&mut self, text: &str) -> Option<()> {
        if self.open.len() > 1 {
            self.value.push_str(text);
            Some(())
        } else {
            text.trim().is_empty().then_some(())
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Option<()> {
        match reference.resolve_char_ref().ok()? {
            Some(character) => self.text(character.encode_utf8(&mut [0; 4])),
            None => self.text(resolve_xml_entity(reference)?),
        }
    }

    fn finish(self) -> Option<PushFields> {
        self.ended.then_some(self.fields)
    }
}

/// Returns the name in the text between a tag's brackets.
fn name_of(tag: &str) -> Option<&str> {
    tag.split_ascii_whitespace().next()
}
