//! One part of a message as a small tree: the head of a statement, or one entry with its details.
//!
//! It stands apart from the reading so that the mapping sees elements and nothing of XML. The memory of a tree
//! is used again for further parts: nodes in one list, all text in one string, no allocation per element.

use crate::errors::Result;
use crate::formats::xml::{Item, Reader};
use quick_xml::events::BytesStart;

/// A local name as a number, so that comparing it costs nothing: its first and last eight bytes, which may
/// overlap, and its length. No two names of the schemas camt.052, 053 and 054 in any version give the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Name(u128);

impl Name {
    #[inline]
    pub(super) const fn of(local: &str) -> Self {
        let bytes = local.as_bytes();
        let (first, last) = match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
                (Some(first), Some(last)) => (widen(*first), widen(*last)),
                _ => match bytes {
                    [a] => (widen([*a, 0, 0, 0]), 0),
                    [a, b] => (widen([*a, *b, 0, 0]), 0),
                    [a, b, c] => (widen([*a, *b, *c, 0]), 0),
                    _ => (0, 0),
                },
            },
        };
        // The length tells apart names whose ends overlap differently.
        let last = last.wrapping_add((bytes.len() as u64) << 56);
        Self((first as u128) << 64 | last as u128)
    }

    /// Of a name that may have a prefix. Names are short: looking at each byte is the quickest.
    #[inline]
    pub(super) fn local(qualified: &str) -> Self {
        let colon = qualified.bytes().position(|byte| byte == b':');
        Self::of(colon.and_then(|colon| qualified.get(colon + 1..)).unwrap_or(qualified))
    }
}

const fn widen(bytes: [u8; 4]) -> u64 {
    u32::from_le_bytes(bytes) as u64
}

/// A path of local names: `route!(Refs EndToEndId)`, worked out while compiling.
macro_rules! route {
    ($($name:ident)+) => {{
        const NAMES: &[$crate::formats::camt::tree::Name] =
            &[$($crate::formats::camt::tree::Name::of(stringify!($name))),+];
        NAMES
    }};
}
pub(super) use route;

#[derive(Clone)]
struct Node {
    name: Name,
    position: u64,
    /// Where its currency attribute stands in the text.
    currency: (usize, usize),
    /// Where its text stands; empty for an element with elements in it.
    text: (usize, usize),
    parent: usize,
    first: usize,
    last: usize,
    next: usize,
}

/// Number of a node that is none.
const NONE: usize = usize::MAX;

/// The arena.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Node>,
    text: String,
}

impl Tree {
    /// Forgets everything but its memory.
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.text.clear();
    }

    /// Number of elements.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The first root.
    pub(super) fn root(&self) -> Element<'_> {
        self.element(0)
    }

    /// The element of that number.
    pub(super) fn element(&self, id: usize) -> Element<'_> {
        Element { tree: self, id }
    }

    /// Adds an element that has no parent; gives its number.
    pub(super) fn open_root(&mut self, start: &BytesStart<'_>, position: u64) -> usize {
        self.open(NONE, start, position)
    }

    /// Adds an element below another.
    #[inline]
    pub(super) fn open(&mut self, parent: usize, start: &BytesStart<'_>, position: u64) -> usize {
        let name = Name::local(start.name().into_inner());
        if start.attributes_raw().is_empty() {
            return self.add(parent, name, position, "");
        }
        let found =
            start.attributes().with_checks(false).flatten().find(|attribute| attribute.key.0 == "Ccy");
        self.add(parent, name, position, found.as_ref().map_or("", |attribute| attribute.value.trim()))
    }

    #[inline]
    fn add(&mut self, parent: usize, name: Name, position: u64, currency: &str) -> usize {
        let id = self.nodes.len();
        let from = self.text.len();
        self.text.push_str(currency);
        let to = self.text.len();
        let node = Node {
            name,
            position,
            currency: (from, to),
            text: (to, to),
            parent,
            first: NONE,
            last: NONE,
            next: NONE,
        };
        self.nodes.push(node);
        let sibling = self.nodes.get_mut(parent).map(|parent| {
            if parent.first == NONE {
                parent.first = id;
            }
            std::mem::replace(&mut parent.last, id)
        });
        if let Some(sibling) = sibling.and_then(|sibling| self.nodes.get_mut(sibling)) {
            sibling.next = id;
        }
        id
    }

    /// Begins again with a copy of an element of another tree as the root.
    pub(super) fn copy_root(&mut self, element: Element<'_>) {
        self.clear();
        self.copy(NONE, element);
    }

    /// Adds a copy of an element of another tree below the root.
    pub(super) fn copy_below_root(&mut self, element: Element<'_>) {
        self.copy(0, element);
    }

    /// As deep as the reader lets elements be nested.
    fn copy(&mut self, parent: usize, element: Element<'_>) {
        let Some(node) = element.node() else { return };
        let id = self.add(parent, node.name, node.position, element.currency().unwrap_or_default());
        if let Some(copy) = self.nodes.get_mut(id) {
            self.text.push_str(element.text().unwrap_or_default());
            copy.text.1 = self.text.len();
        }
        for child in element.children() {
            self.copy(id, child);
        }
    }

    /// Reads everything inside an element that was just opened, up to its end.
    pub(super) fn fill(&mut self, xml: &mut Reader<'_>, id: usize) -> Result<()> {
        let mut current = id;
        loop {
            match xml.next()? {
                Item::Start(start, position) => {
                    if let Some(node) = self.nodes.get_mut(current).filter(|node| node.first == NONE) {
                        // What stood before the first element inside was layout.
                        self.text.truncate(node.text.0);
                        node.text.1 = node.text.0;
                    }
                    current = self.open(current, &start, position);
                }
                Item::Text(text) => {
                    if let Some(node) = self.nodes.get_mut(current).filter(|node| node.first == NONE) {
                        self.text.push_str(&text);
                        node.text.1 = self.text.len();
                    }
                }
                Item::End if current == id => return Ok(()),
                Item::End => current = self.nodes.get(current).map_or(id, |node| node.parent),
                Item::Aside => {}
                // The reader fails at an end of the file inside an element.
                Item::Eof => return Ok(()),
            }
        }
    }
}

/// An element of a tree.
#[derive(Clone, Copy)]
pub(super) struct Element<'t> {
    tree: &'t Tree,
    id: usize,
}

impl<'t> Element<'t> {
    fn node(self) -> Option<&'t Node> {
        self.tree.nodes.get(self.id)
    }

    /// Its local name.
    pub(super) fn name(self) -> Name {
        self.node().map_or(Name(0), |node| node.name)
    }

    /// Whether it has that local name.
    pub(super) fn is(self, name: Name) -> bool {
        self.node().is_some_and(|node| node.name == name)
    }

    /// Elements in it, in their order.
    pub(super) fn children(self) -> Children<'t> {
        Children { tree: self.tree, next: self.node().map_or(NONE, |node| node.first) }
    }

    /// The first element below it on a path.
    pub(super) fn get(self, path: &[Name]) -> Option<Self> {
        let mut found = self;
        for name in path {
            found = found.children().find(|child| child.is(*name))?;
        }
        Some(found)
    }

    /// Its text without the blanks around it; none where there is nothing else.
    pub(super) fn text(self) -> Option<&'t str> {
        let (from, to) = self.node()?.text;
        let text = self.tree.text.get(from..to)?;
        // Nearly always there are none.
        let blank = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_graphic());
        let bytes = text.as_bytes();
        let text = if blank(bytes.first()) || blank(bytes.last()) { text.trim() } else { text };
        (!text.is_empty()).then_some(text)
    }

    /// Text of the first element on a path that has some.
    pub(super) fn value(self, path: &[Name]) -> Option<&'t str> {
        self.get(path)?.text()
    }

    /// The attribute `Ccy`.
    pub(super) fn currency(self) -> Option<&'t str> {
        let (from, to) = self.node()?.currency;
        self.tree.text.get(from..to).filter(|code| !code.is_empty())
    }

    /// Offset of its start tag in the decoded file.
    pub(super) fn position(self) -> u64 {
        self.node().map_or(0, |node| node.position)
    }
}

/// Elements in an element.
pub(super) struct Children<'t> {
    tree: &'t Tree,
    next: usize,
}

impl<'t> Iterator for Children<'t> {
    type Item = Element<'t>;

    fn next(&mut self) -> Option<Element<'t>> {
        let node = self.tree.nodes.get(self.next)?;
        let element = Element { tree: self.tree, id: self.next };
        self.next = node.next;
        Some(element)
    }
}
