//! The parts of a file as they go from the reading of tags to the making of lines.

/// A field of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    Type,
    Posted,
    User,
    Available,
    Amount,
    FitId,
    CorrectFitId,
    CorrectAction,
    CheckNumber,
    ReferenceNumber,
    Name,
    ExtendedName,
    Memo,
    PayeeName,
    ToBank,
    ToAccount,
    Rate,
    Symbol,
    OriginalRate,
    OriginalSymbol,
}

/// A field with its place in [`Batch::bytes`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) kind: FieldKind,
    start: u32,
    end: u32,
}

/// Parts of a file that follow one another.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    pub(super) parts: Vec<Part>,
}

impl Batch {
    /// Bytes of a field.
    pub(super) fn value(&self, field: Field) -> &[u8] {
        self.bytes.get(field.start as usize..field.end as usize).unwrap_or_default()
    }

    /// Fields of a transaction.
    pub(super) fn fields(&self, (from, to): (u32, u32)) -> &[Field] {
        self.fields.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Number of fields, and of their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.fields.len(), self.bytes.len())
    }

    /// Adds a field.
    pub(super) fn push(&mut self, kind: FieldKind, value: &[u8]) {
        let start = index(self.bytes.len());
        self.bytes.extend_from_slice(value);
        self.fields.push(Field { kind, start, end: index(self.bytes.len()) });
    }

    /// Takes back what came after that size.
    pub(super) fn take_back(&mut self, (fields, bytes): (usize, usize)) {
        self.fields.truncate(fields);
        self.bytes.truncate(bytes);
    }

    /// Counts what became no line.
    pub(super) fn ignore(&mut self, what: &'static str, why: &'static str, at: u64) {
        self.parts.push(Part::Ignored { what, why, at });
    }

    /// Empties it to be filled again.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.parts.clear();
    }
}

/// A place in a batch, whose size has a cap.
pub(super) fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// One part of a file.
#[derive(Debug)]
pub(super) enum Part {
    /// A statement begins; what is known of it before its first transaction.
    Start(Box<Head>),
    /// A transaction with its fields and where it begins.
    Transaction { fields: (u32, u32), at: u64 },
    /// A statement ends; all that is known of it.
    End(Box<Head>),
    /// What became no line.
    Ignored { what: &'static str, why: &'static str, at: u64 },
    /// The bank refuses something.
    Refused(Box<Status>),
}

/// Bytes of a value and where its tag is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) bytes: Vec<u8>,
    pub(super) at: u64,
}

/// A statement without its transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) at: u64,
    pub(super) currency: Raw,
    pub(super) bank: Raw,
    pub(super) branch: Raw,
    pub(super) account: Raw,
    pub(super) account_key: Raw,
    pub(super) end: Raw,
    pub(super) ledger: Raw,
    pub(super) ledger_date: Raw,
    /// What the bank says of the answer.
    pub(super) status: Option<Status>,
}

/// `STATUS`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) code: Vec<u8>,
    pub(super) severity: Vec<u8>,
    pub(super) message: Vec<u8>,
    pub(super) at: u64,
}

impl Status {
    /// Whether the bank gives no answer.
    pub(super) fn is_error(&self) -> bool {
        self.severity.eq_ignore_ascii_case(b"ERROR")
    }

    /// Whether it warns.
    pub(super) fn is_warning(&self) -> bool {
        self.severity.eq_ignore_ascii_case(b"WARN")
    }
}

/// How often something was met, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    pub(super) count: u64,
    pub(super) first: u64,
}

impl Noted {
    pub(super) fn note(&mut self, at: u64) {
        if self.count == 0 {
            self.first = at;
        }
        self.count += 1;
    }
}

/// What was found besides parts, for the whole file.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Status of the sign-on.
    pub(super) sign_on: Status,
    /// Whether there are requests.
    pub(super) requests: bool,
    /// Name of the bank.
    pub(super) organisation: Vec<u8>,
    /// Whether leaves are closed.
    pub(super) closed_leaves: u64,
    pub(super) open_leaves: u64,
}

impl Head {
    /// Whether both are of one account in one currency.
    pub(super) fn same_account(&self, other: &Self) -> bool {
        let parts = |head: &Self| {
            [&head.currency, &head.bank, &head.branch, &head.account, &head.account_key]
                .map(|raw| raw.bytes.clone())
        };
        parts(self) == parts(other)
    }
}
