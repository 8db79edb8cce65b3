//! What a transaction says: the text for a reader, the structured communication, and the raw text that
//! recognises a line again.

use super::tree::{Element, Name, route};
use super::values::push_collapsed;
use crate::domain::{Text, communication};

/// Above this length of text, repeated pieces are no longer looked for.
const COMPARED: usize = 4 << 10;

/// Remittance information of a transaction.
#[derive(Default)]
pub(super) struct Remittance {
    /// Free text, and what else the bank says for a reader.
    pub(super) text: Text,
    /// The first structured reference.
    pub(super) structured: Option<Text>,
    /// Its type and issuer as the message writes them, e.g. `SCOR BBA`, `QRR`.
    pub(super) kind: Text,
}

const FREE: Name = Name::of("Ustrd");
const STRUCTURED: Name = Name::of("Strd");

/// `RmtInf`, `RtrInf/AddtlInf` and `AddtlTxInf` of a transaction, then `AddtlNtryInf` of its entry. `belgian` says
/// that a reference without issuer may be a Belgian one.
pub(super) fn read(transaction: Element<'_>, entry_text: Option<&str>, belgian: bool) -> Remittance {
    let mut said = Remittance::default();
    for element in transaction.get(route!(RmtInf)).into_iter().flat_map(Element::children) {
        match element.name() {
            FREE => said.free(element.text().unwrap_or_default()),
            STRUCTURED => said.structured(element, belgian),
            _ => {}
        }
    }
    for path in [route!(RtrInf AddtlInf), route!(AddtlTxInf)] {
        said.remark(transaction.value(path).unwrap_or_default());
    }
    said.remark(entry_text.unwrap_or_default());
    if said.structured.is_none() {
        said.structured = communication::within(&said.text);
    }
    said
}

impl Remittance {
    /// Free text: all of it, unless a piece repeats everything before it.
    fn free(&mut self, text: &str) {
        if !text.is_empty() && *self.text != *text {
            self.push(text);
        }
    }

    /// A remark of the bank, which often repeats the text.
    fn remark(&mut self, text: &str) {
        if text.is_empty() || (self.text.len() < COMPARED && self.text.contains(text)) {
            return;
        }
        if self.text.len() < COMPARED && text.contains(self.text.as_str()) {
            self.text.clear();
        }
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        push_collapsed(&mut self.text, text);
    }

    fn structured(&mut self, element: Element<'_>, belgian: bool) {
        const DOCUMENT: Name = Name::of("RfrdDocInf");
        const REMARK: Name = Name::of("AddtlRmtInf");
        if let Some(creditor) = element.get(route!(CdtrRefInf)) {
            let value = |paths: &[&'static [Name]]| paths.iter().find_map(|path| creditor.value(path));
            let reference = value(&[route!(Ref), route!(CdtrRef)]).unwrap_or_default();
            let kind = value(&[
                route!(Tp CdOrPrtry Cd),
                route!(Tp CdOrPrtry Prtry),
                route!(CdtrRefTp Cd),
                route!(CdtrRefTp Prtry),
            ]);
            let issuer = value(&[route!(Tp Issr), route!(CdtrRefTp Issr)]).unwrap_or_default();
            let formed = form(reference, issuer, belgian).filter(|_| !reference.is_empty());
            match formed.filter(|_| self.structured.is_none()) {
                Some(formed) => {
                    self.structured = Some(formed);
                    let kind = kind.unwrap_or_default();
                    let space = if kind.is_empty() || issuer.is_empty() { "" } else { " " };
                    self.kind = compact_str::format_compact!("{kind}{space}{issuer}");
                }
                None => self.remark(reference),
            }
        }
        for child in element.children() {
            match child.name() {
                DOCUMENT => self
                    .remark(child.value(route!(Nb)).or(child.value(route!(RfrdDocNb))).unwrap_or_default()),
                REMARK => self.remark(child.text().unwrap_or_default()),
                _ => {}
            }
        }
    }
}

/// A reference as it is shown; none where it claims check digits that are wrong.
fn form(reference: &str, issuer: &str, belgian: bool) -> Option<Text> {
    let claims_belgian = issuer.eq_ignore_ascii_case("BBA");
    if (claims_belgian || (belgian && issuer.is_empty()))
        && let Some(formed) = communication::belgian(reference)
    {
        return Some(formed);
    }
    let head = reference.as_bytes().split_first_chunk::<4>().map(|(head, _)| head);
    let claims_iso = matches!(head, Some([b'R', b'F', a, b]) if a.is_ascii_digit() && b.is_ascii_digit());
    if claims_iso {
        return communication::creditor_reference(reference);
    }
    (!claims_belgian).then(|| super::parties::collapsed(reference))
}

/// The raw text that recognises a line without references, frozen: all `Ustrd`, then all creditor references,
/// then `AddtlTxInf`, of each transaction in its order, then `AddtlNtryInf`; as they stand, joined with nothing.
pub(super) fn raw(transactions: &[Element<'_>], entry_text: Option<&str>) -> Text {
    let mut raw = Text::default();
    for transaction in transactions {
        let remittance = transaction.get(route!(RmtInf));
        let all = |name: Name| {
            remittance.into_iter().flat_map(Element::children).filter(move |child| child.is(name))
        };
        for text in all(FREE).filter_map(Element::text) {
            raw.push_str(text);
        }
        for structured in all(STRUCTURED) {
            let reference =
                structured.value(route!(CdtrRefInf Ref)).or(structured.value(route!(CdtrRefInf CdtrRef)));
            raw.push_str(reference.unwrap_or_default());
        }
        raw.push_str(transaction.value(route!(AddtlTxInf)).unwrap_or_default());
    }
    raw.push_str(entry_text.unwrap_or_default());
    raw
}
