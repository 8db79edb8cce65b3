//! The statement that is being read: which of its parts is open, and what a tag does to it.

use super::names::{self, Element};
use super::parts::{Batch, FieldKind, Head, Part, Raw, index};
use super::tags::{Kind, Tag};
use crate::errors::{Code, Error, Place, Result};

/// Unknown elements without text that may be open at once.
const OPEN: usize = 64;

/// Where in a statement the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inner {
    Top,
    Account,
    List,
    Pending,
    Transaction,
    Payee,
    AccountTo,
    Currency,
    Original,
    Ledger,
    Aside,
}

impl Inner {
    fn in_transaction(self) -> bool {
        matches!(self, Self::Transaction | Self::Payee | Self::AccountTo | Self::Currency | Self::Original)
    }
}

/// A statement that is being read.
pub(super) struct Open {
    pub(super) head: Head,
    inner: Inner,
    /// Whether `BANKTRANLISTP` is open.
    pending_list: bool,
    /// Whether [`Part::Start`] was given.
    started: bool,
    transactions: u64,
    /// First field of the open transaction, and where it begins.
    first: u32,
    at: u64,
    unknown: Vec<Unknown>,
}

/// An unknown element without text: an empty leaf, or an aggregate if its end tag comes.
struct Unknown {
    name: u64,
    inner: Inner,
    size: (usize, usize),
    transactions: u64,
    /// The head as it was, where it may change inside.
    head: Option<Box<Head>>,
}

impl Open {
    pub(super) fn new(at: u64) -> Self {
        Self {
            head: Head { at, ..Head::default() },
            inner: Inner::Top,
            pending_list: false,
            started: false,
            transactions: 0,
            first: 0,
            at,
            unknown: Vec::new(),
        }
    }

    /// Whether a transaction is open.
    pub(super) fn in_transaction(&self) -> bool {
        self.inner.in_transaction()
    }

    /// Takes a start tag.
    ///
    /// # Errors
    /// BB-3412.
    pub(super) fn open(&mut self, element: Element, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        match element {
            Element::Transaction => self.begin_transaction(tag.at, batch),
            Element::PendingTransaction => {
                self.end_transaction(batch);
                self.inner = Inner::Pending;
                pending(tag.at, batch);
            }
            Element::PendingList => self.part(Inner::Pending, batch),
            Element::List => self.part(Inner::List, batch),
            Element::Ledger => {
                self.part(Inner::Ledger, batch);
                (self.head.ledger, self.head.ledger_date) = (Raw::default(), Raw::default());
            }
            Element::Aside => self.part(Inner::Aside, batch),
            Element::Account if !self.inner.in_transaction() => self.part(Inner::Account, batch),
            Element::Payee => self.group(Inner::Payee, FieldKind::PayeeName, tag, batch),
            Element::AccountTo => self.group(Inner::AccountTo, FieldKind::ToAccount, tag, batch),
            Element::Currency => self.group(Inner::Currency, FieldKind::Symbol, tag, batch),
            Element::OriginalCurrency => self.group(Inner::Original, FieldKind::OriginalSymbol, tag, batch),
            Element::Unknown => {
                if tag.value.is_empty() && tag.kind == Kind::Open && self.inner != Inner::Pending {
                    self.unknown(tag, batch)?;
                }
            }
            _ if self.inner.in_transaction() => self.field(element, tag, batch),
            _ => self.leaf(element, tag),
        }
        Ok(())
    }

    /// A part of the statement that ends what was open.
    fn part(&mut self, inner: Inner, batch: &mut Batch) {
        self.end_transaction(batch);
        self.inner = inner;
        self.pending_list = inner == Inner::Pending;
    }

    /// A group of fields of a transaction; where a bank writes it as a leaf, its text is its chief field.
    fn group(&mut self, inner: Inner, chief: FieldKind, tag: &Tag<'_>, batch: &mut Batch) {
        if !self.inner.in_transaction() {
            return;
        }
        if tag.value.is_empty() {
            self.inner = inner;
        } else {
            batch.push(chief, tag.value);
        }
    }

    fn begin_transaction(&mut self, at: u64, batch: &mut Batch) {
        if self.pending_list {
            pending(at, batch);
            return;
        }
        self.end_transaction(batch);
        self.start(batch);
        self.inner = Inner::Transaction;
        self.transactions += 1;
        (self.first, self.at) = (index(batch.size().0), at);
    }

    /// Gives what is known of the statement before its first transaction, once.
    pub(super) fn start(&mut self, batch: &mut Batch) {
        if !self.started {
            self.started = true;
            batch.parts.push(Part::Start(Box::new(self.head.clone())));
        }
    }

    /// Ends the open transaction, if there is one.
    pub(super) fn end_transaction(&mut self, batch: &mut Batch) {
        if self.inner.in_transaction() {
            let fields = (self.first, index(batch.size().0));
            batch.parts.push(Part::Transaction { fields, at: self.at });
            self.inner = Inner::List;
            self.unknown.retain(|unknown| !unknown.inner.in_transaction());
        }
    }

    fn field(&mut self, element: Element, tag: &Tag<'_>, batch: &mut Batch) {
        let kind = match (self.inner, element) {
            (Inner::Payee, Element::Name) => FieldKind::PayeeName,
            (Inner::AccountTo, Element::BankId) => FieldKind::ToBank,
            (Inner::AccountTo, Element::AccountId) => FieldKind::ToAccount,
            (Inner::Currency, Element::Rate) => FieldKind::Rate,
            (Inner::Currency, Element::Symbol) => FieldKind::Symbol,
            (Inner::Original, Element::Rate) => FieldKind::OriginalRate,
            (Inner::Original, Element::Symbol) => FieldKind::OriginalSymbol,
            (_, element) => {
                let Some(kind) = of_transaction(element) else { return };
                // Whatever group was open has ended without its end tag.
                self.inner = Inner::Transaction;
                kind
            }
        };
        if !tag.value.is_empty() {
            batch.push(kind, tag.value);
        }
    }

    fn leaf(&mut self, element: Element, tag: &Tag<'_>) {
        let head = &mut self.head;
        let slot = match (self.inner, element) {
            (Inner::Account, Element::BankId) => &mut head.bank,
            (Inner::Account, Element::BranchId) => &mut head.branch,
            (Inner::Account, Element::AccountId) => &mut head.account,
            (Inner::Account, Element::AccountKey) => &mut head.account_key,
            (Inner::Ledger, Element::BalanceAmount) => &mut head.ledger,
            (Inner::Ledger, Element::AsOf) => &mut head.ledger_date,
            (Inner::Top | Inner::Account, Element::DefaultCurrency) => &mut head.currency,
            (Inner::List, Element::End) => &mut head.end,
            _ => return,
        };
        if slot.bytes.is_empty() && !tag.value.is_empty() {
            *slot = Raw { bytes: tag.value.to_vec(), at: tag.at };
        }
    }

    fn unknown(&mut self, tag: &Tag<'_>, batch: &Batch) -> Result<()> {
        if self.unknown.len() == OPEN {
            return Err(Error::new(Code::OFX_TOO_DEEP).arg("limit", OPEN).at(place(tag.at)));
        }
        let in_transaction = self.inner.in_transaction();
        self.unknown.push(Unknown {
            name: names::key(tag.name),
            inner: self.inner,
            size: batch.size(),
            transactions: self.transactions,
            head: (!in_transaction).then(|| Box::new(self.head.clone())),
        });
        Ok(())
    }

    /// Takes an end tag.
    ///
    /// # Errors
    /// BB-3411 for transactions inside of what is not known.
    pub(super) fn close(&mut self, element: Element, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        match element {
            Element::Transaction | Element::PendingTransaction => {
                self.end_transaction(batch);
                if !self.pending_list {
                    self.inner = Inner::List;
                }
            }
            Element::List | Element::Ledger | Element::Aside | Element::PendingList => {
                self.end_transaction(batch);
                self.inner = Inner::Top;
                self.pending_list = false;
            }
            Element::Account if !self.inner.in_transaction() => self.inner = Inner::Top,
            Element::Payee | Element::AccountTo | Element::Currency | Element::OriginalCurrency
                if self.in_transaction() =>
            {
                self.inner = Inner::Transaction;
            }
            Element::Unknown => self.close_unknown(tag, batch)?,
            _ => {}
        }
        Ok(())
    }

    /// Takes back what was read inside an unknown aggregate.
    fn close_unknown(&mut self, tag: &Tag<'_>, batch: &mut Batch) -> Result<()> {
        let name = names::key(tag.name);
        let Some(place_of) = self.unknown.iter().rposition(|unknown| unknown.name == name) else {
            return Ok(());
        };
        let mut inside = self.unknown.split_off(place_of);
        if inside.is_empty() {
            return Ok(());
        }
        let unknown = inside.swap_remove(0);
        if unknown.transactions != self.transactions {
            let shown = format!("in {}", String::from_utf8_lossy(tag.name));
            return Err(Error::new(Code::OFX_TRANSACTION_MISPLACED).arg("where", shown).at(place(tag.at)));
        }
        if unknown.inner.in_transaction() {
            batch.take_back(unknown.size);
        }
        if let Some(head) = unknown.head {
            self.head = *head;
        }
        self.inner = unknown.inner;
        Ok(())
    }
}

fn pending(at: u64, batch: &mut Batch) {
    batch.ignore("pending transactions", "the bank has not booked them", at);
}

fn place(at: u64) -> Place {
    Place { byte: Some(at), ..Place::default() }
}

fn of_transaction(element: Element) -> Option<FieldKind> {
    Some(match element {
        Element::Type => FieldKind::Type,
        Element::Posted => FieldKind::Posted,
        Element::User => FieldKind::User,
        Element::Available => FieldKind::Available,
        Element::Amount => FieldKind::Amount,
        Element::FitId => FieldKind::FitId,
        Element::CorrectFitId => FieldKind::CorrectFitId,
        Element::CorrectAction => FieldKind::CorrectAction,
        Element::CheckNumber => FieldKind::CheckNumber,
        Element::ReferenceNumber => FieldKind::ReferenceNumber,
        Element::Name => FieldKind::Name,
        Element::ExtendedName => FieldKind::ExtendedName,
        Element::Memo => FieldKind::Memo,
        _ => return None,
    })
}
