//! From XML to the parts of a message: where a statement begins, its entries one at a time, its head, its end. A
//! report (camt.052) and a notification (camt.054) are statements here.
//!
//! Elements are known by their local names alone: banks send every version, with prefixes, without a namespace,
//! in wrappers of SOAP or of their own. What a part holds goes into a tree of the caller's.

use quick_xml::events::BytesStart;

use super::tree::{Name, Tree};
use crate::domain::{Date, Text};
use crate::errors::{Code, Error, Result};
use crate::formats::xml::{Item, Reader};

/// What a message is, by the element that it repeats.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MessageKind {
    /// `Stmt`: camt.053, the end-of-day statement.
    Statement,
    /// `Rpt`: camt.052, the intraday report.
    Report,
    /// `Ntfctn`: camt.054, the notification of single bookings.
    Notification,
}

impl MessageKind {
    fn of(name: Name) -> Option<Self> {
        const STATEMENT: Name = Name::of("Stmt");
        const REPORT: Name = Name::of("Rpt");
        const NOTIFICATION: Name = Name::of("Ntfctn");
        match name {
            STATEMENT => Some(Self::Statement),
            REPORT => Some(Self::Report),
            NOTIFICATION => Some(Self::Notification),
            _ => None,
        }
    }

    /// Message of ISO 20022.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Statement => "camt.053",
            Self::Report => "camt.052",
            Self::Notification => "camt.054",
        }
    }

    /// The element by which it is known, and what it is.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Statement => "element Stmt: end-of-day statement",
            Self::Report => "element Rpt: intraday report",
            Self::Notification => "element Ntfctn: notification of debits and credits",
        }
    }
}

/// A part of the file. Elements are numbers in the tree that it was read into.
pub(super) enum Part {
    /// A statement begins.
    Start {
        /// What the message is.
        kind: MessageKind,
        /// Message and version, e.g. `camt.053.001.08`.
        source: Text,
        /// Day on which the message was made.
        created: Option<Date>,
        /// Its own element, without what is in it.
        element: usize,
    },
    /// An element of the statement other than an entry.
    Head(usize),
    /// An entry.
    Entry(usize),
    /// The statement ends, its head is complete.
    End,
    /// The message ends; false where its header says that another page follows.
    MessageEnd {
        /// Number of the page, where the header gives one.
        page: Option<Text>,
        /// Whether it is the last one.
        last: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Outside,
    Message { depth: usize },
    Block { message: usize, depth: usize },
}

/// Reads a file part by part.
pub(super) struct Parts<'i> {
    xml: Reader<'i>,
    level: Level,
    /// Names that the namespaces of the open message and its wrappers give, e.g. `camt.053.001.08`.
    namespace: Text,
    header: Tree,
    blocks: usize,
    messages: usize,
}

impl<'i> Parts<'i> {
    pub(super) fn new(xml: Reader<'i>) -> Self {
        Self {
            xml,
            level: Level::Outside,
            namespace: Text::default(),
            header: Tree::default(),
            blocks: 0,
            messages: 0,
        }
    }

    /// Whether the last failure was bytes that are not UTF-8.
    pub(super) fn met_other_bytes(&self) -> bool {
        self.xml.met_other_bytes()
    }

    /// The next part, its elements added to the tree; none at the end of the file.
    ///
    /// # Errors
    /// BB-3202 for a file without a statement, report or notification, and those of the reader.
    pub(super) fn next(&mut self, tree: &mut Tree) -> Result<Option<Part>> {
        const ENTRY: Name = Name::of("Ntry");
        const HEADER: Name = Name::of("GrpHdr");
        loop {
            match self.xml.next()? {
                Item::Start(start, position) => {
                    let name = Name::local(start.name().into_inner());
                    match self.level {
                        Level::Outside => {
                            note_namespace(&mut self.namespace, &start);
                            if start.local_name().into_inner().starts_with("BkToCstmr") {
                                self.messages += 1;
                                self.header.clear();
                                self.header.open_root(&start, position);
                                self.level = Level::Message { depth: self.xml.depth() };
                            }
                        }
                        Level::Message { depth } => {
                            if let Some(kind) = MessageKind::of(name) {
                                note_namespace(&mut self.namespace, &start);
                                let source = source(kind, &self.namespace);
                                let element = tree.open_root(&start, position);
                                self.blocks += 1;
                                self.level = Level::Block { message: depth, depth: self.xml.depth() };
                                return Ok(Some(Part::Start {
                                    kind,
                                    source,
                                    created: self.created(),
                                    element,
                                }));
                            }
                            if name == HEADER {
                                let id = self.header.open(0, &start, position);
                                self.header.fill(&mut self.xml, id)?;
                            } else {
                                self.xml.skip()?;
                            }
                        }
                        Level::Block { .. } => {
                            let id = tree.open_root(&start, position);
                            tree.fill(&mut self.xml, id)?;
                            return Ok(Some(if name == ENTRY { Part::Entry(id) } else { Part::Head(id) }));
                        }
                    }
                }
                Item::End => match self.level {
                    Level::Block { message, depth } if self.xml.depth() < depth => {
                        self.level = Level::Message { depth: message };
                        return Ok(Some(Part::End));
                    }
                    Level::Message { depth } if self.xml.depth() < depth => {
                        self.level = Level::Outside;
                        return Ok(Some(self.message_end()));
                    }
                    _ => {}
                },
                Item::Text(_) | Item::Aside => {}
                Item::Eof if self.blocks == 0 => {
                    let element = if self.messages == 0 { "BkToCstmrStmt" } else { "Stmt" };
                    return Err(Error::new(Code::CAMT_ELEMENT_MISSING).arg("element", element));
                }
                Item::Eof => return Ok(None),
            }
        }
    }

    fn created(&self) -> Option<Date> {
        self.header.root().value(super::tree::route!(GrpHdr CreDtTm)).and_then(super::values::day)
    }

    fn message_end(&self) -> Part {
        let pages = self.header.root().get(super::tree::route!(GrpHdr MsgPgntn));
        let value = |path| pages.and_then(|pages| pages.value(path));
        let page = value(super::tree::route!(PgNb)).map(Text::from);
        let last = !value(super::tree::route!(LastPgInd)).is_some_and(|last| matches!(last, "false" | "0"));
        Part::MessageEnd { page, last }
    }
}

/// Keeps the innermost namespace that names a message, whatever its prefix.
fn note_namespace(known: &mut Text, start: &BytesStart<'_>) {
    if start.attributes_raw().is_empty() {
        return;
    }
    for attribute in start.attributes().with_checks(false).flatten() {
        let declares = attribute.key.0 == "xmlns" || attribute.key.0.starts_with("xmlns:");
        if let Some(at) = attribute.value.find("camt.05").filter(|_| declares) {
            let version = |c: &char| c.is_ascii_digit() || *c == '.';
            let rest = attribute.value.get(at + 4..).unwrap_or_default();
            let digits: Text = rest.chars().take_while(version).take(11).collect();
            *known = compact_str::format_compact!("camt{digits}");
        }
    }
}

/// The kind is what the elements say; the namespace adds the version where it speaks of the same kind.
fn source(kind: MessageKind, namespace: &str) -> Text {
    let version = namespace.strip_prefix(kind.id()).and_then(|rest| rest.strip_prefix(".001."));
    match version.filter(|version| version.len() == 2) {
        Some(version) => compact_str::format_compact!("{}.001.{version}", kind.id()),
        None => Text::from(kind.id()),
    }
}
